"""Every refusal is `{"detail": "one sentence"}`, with a status that says what kind it is."""

import logging
import math
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.db import OperationalError
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler as rest_handler

logger = logging.getLogger(__name__)


class Busy(exceptions.APIException):
    """The site cannot do it at this moment; the same request later will succeed."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE

    def __init__(self, detail: str, retry_after: int) -> None:
        super().__init__(detail)
        self.wait = retry_after  # becomes the header Retry-After


class Conflicting(exceptions.APIException):
    status_code = status.HTTP_409_CONFLICT


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """REST framework's handler, with its several shapes made one."""
    if isinstance(error, OperationalError):
        # Nothing was stored: the client keeps what it has and comes again.
        logger.exception("The database did not answer.")
        error = Busy("The site is busy; please try again in a moment.", 2)
    if isinstance(error, SuspiciousOperation):  # such as a form of many megabytes
        error = exceptions.ParseError("The request was refused: it is not what this address takes.")
    if isinstance(error, exceptions.Throttled):
        error.detail = exceptions.ErrorDetail(
            f"Too many requests; please wait {math.ceil(getattr(error, 'wait', None) or 1)} seconds."
        )
    response = rest_handler(error, context)
    if response is not None:
        if isinstance(error, Busy):  # foreseen, and told to the client: no error for Django to log
            response._has_been_logged = True  # type: ignore[attr-defined]  # not in the stubs
        data = response.data
        if isinstance(error, exceptions.ValidationError):
            response.data = {"detail": sentence(error.detail)}
        elif not (isinstance(data, dict) and set(data) == {"detail"}):
            response.data = {"detail": sentence(data)}
    return response


def sentence(detail: Any, path: str = "") -> str:
    """The first complaint among those nested in `detail`, with the field it is about."""
    if isinstance(detail, dict):
        key, value = next(iter(detail.items()))
        if key == "non_field_errors":
            return sentence(value, path)
        return sentence(value, f"{path}.{key}" if path else str(key))
    if isinstance(detail, list):
        return sentence(next(item for item in detail if item), path)
    return f"{path}: {detail}" if path else str(detail)
