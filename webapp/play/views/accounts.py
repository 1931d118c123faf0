"""Account pages where allauth's own would promise what a site without mail cannot keep."""

from typing import Any

from allauth.account.views import PasswordResetView
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


class PasswordReset(PasswordResetView):
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not settings.SENDS_MAIL:
            return render(request, "account/no_mail.html")
        response: HttpResponse = super().dispatch(request, *args, **kwargs)
        return response
