"""Puts volunteers' requests behind the allow-list where one process serves everybody (SQLite)."""

from collections.abc import Callable

from django.db import connection
from django.http import HttpRequest, HttpResponse

from webapp.accounts.sessions import is_staff_path
from webapp.config.blind.sqlite import blind


class BlindMiddleware:
    """Outermost of those that touch the database: everything but staff paths runs blind."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if is_staff_path(request.path_info):
            return self.get_response(request)
        with blind(connection):
            return self.get_response(request)
