"""The API of those who work here."""

from django.urls import path, re_path

from api.common.endpoint import Unknown
from api.staff.views import basics

urlpatterns = [
    path("me", basics.Me.as_view()),
    path("projects", basics.Projects.as_view()),
    re_path("", Unknown.as_view()),
]
