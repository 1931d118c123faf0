"""Refusals that come from outside the pages. They count on nothing: no session, no database, no other page."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views import defaults
from django.views.csrf import csrf_failure as volunteers_csrf_failure

from webapp.accounts.sessions import is_staff_path


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that was open for too long, or came from elsewhere."""
    if not is_staff_path(request.path_info):
        return volunteers_csrf_failure(request, reason)
    return _refusal(request, 403, "This page was open for too long. Go back, reload it and send the form again.")


def bad_request(request: HttpRequest, exception: Any = None) -> HttpResponse:
    if _is_volunteers(request):
        return defaults.bad_request(request, exception)
    return _refusal(request, 400, "The request is not one that this site takes: too many files, or too much text.")


def forbidden(request: HttpRequest, exception: Any = None) -> HttpResponse:
    if _is_volunteers(request):
        return defaults.permission_denied(request, exception)
    return _refusal(request, 403, "This is not open to you.")


def missing(request: HttpRequest, exception: Any = None) -> HttpResponse:
    if _is_volunteers(request):
        return defaults.page_not_found(request, exception)
    return _refusal(request, 404, "There is nothing at this address.")


def broken(request: HttpRequest) -> HttpResponse:
    if _is_volunteers(request):
        return defaults.server_error(request)
    return _refusal(request, 500, "Something went wrong here, and it is on record. Nothing that was saved is lost.")


def _is_volunteers(request: HttpRequest) -> bool:
    return settings.SERVES_PLAY and not is_staff_path(request.path_info)


def _refusal(request: HttpRequest, status: int, sentence: str) -> HttpResponse:
    return render(request, "staff/refusal.html", {"sentence": sentence, "status": status}, status=status)
