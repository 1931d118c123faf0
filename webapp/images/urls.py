from django.urls import path

from webapp.images import views

urlpatterns = [path("pictures/<str:name>", views.picture, name="picture")]
