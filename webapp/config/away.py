"""Pages while the database or Redis is away: a page that says to come again, for the site itself has no fault."""

import logging
from collections.abc import Callable

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

RETRY_SECONDS = 5


class AwayMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, OperationalError | RedisError):
            return None
        logger.error("%s could not be answered: %s", request.path_info, error)
        # Without the request: what the layout of other pages shows would be asked of what is away.
        response = render(None, "503.html", status=503)  # type: ignore[arg-type]  # None is allowed
        response["Retry-After"] = str(RETRY_SECONDS)
        return response
