"""What all staff endpoints share: who may come in, what they take, and how they refuse."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.serializers import Serializer

from api.common.endpoint import Detail, Endpoint
from api.common.errors import Conflicting
from api.staff.auth import AUTHENTICATION, IsStaff, Role
from quality.store.services import GoldError, PolicyError, ReviewError
from webapp.accounts.services import Refused
from webapp.exports.services import ExportError
from webapp.projects.services import ProjectError

WRITERS: list[str] = [Role.MODERATOR, Role.ADMIN]
ADMINS: list[str] = [Role.ADMIN]
OFFSET = OpenApiParameter("offset", OpenApiTypes.INT, description="How many to leave out; 0 where it is missing.")

_SENTENCES = (ProjectError, GoldError, PolicyError, ReviewError, ExportError, Refused)

_REFUSALS = {
    400: "The request is not what was expected.",
    401: "No API key or staff session, or one that is not known.",
    403: "The role does not allow it, or a session's request came without its CSRF token.",
    404: "There is no such thing among the projects one works on.",
    409: "It cannot be done in the state things are in.",
    413: "The body is too large.",
    415: "The body is not of the kind that this address takes.",
    429: "Too many requests; `Retry-After` says how long to wait.",
    503: "Not at this moment; `Retry-After` says when to come again.",
}


class StaffEndpoint(Endpoint):
    """`roles`: method -> roles that may call it; a method that is missing is for everybody who works here."""

    authentication_classes = AUTHENTICATION
    permission_classes = [IsStaff]
    roles: ClassVar[dict[str, list[str]]] = {}


def endpoint(operation: str, *refusals: int, request: Any = None, responses: dict[Any, Any], **kwargs: Any) -> Any:
    """`extend_schema` with the refusals by status; who is no staff may always be refused."""
    always = (401, 403, 413, 415, 429, 503) if request is not None else (401, 403, 429, 503)
    for status in sorted({*refusals, *always}):
        responses[status] = OpenApiResponse(Detail, description=_REFUSALS[status])
    operation_id = f"staff_{operation}"
    return extend_schema(operation_id=operation_id, request=request, responses=responses, tags=["staff"], **kwargs)


def body_of(shape: type[Serializer], request: Request, *, many: bool = False) -> Any:
    """The body as the shape has it, plain dicts and lists all the way down. Raises ValidationError."""
    if not many and isinstance(request.data, dict):
        unknown = sorted(set(request.data) - set(shape().fields))
        if unknown:
            raise ValidationError(f"There is no field {unknown[0]!r}; expected {', '.join(shape().fields)}.")
    parsed = shape(data=request.data, many=many)
    parsed.is_valid(raise_exception=True)
    return parsed.validated_data


@contextmanager
def service(status: int = 400, *, errors: tuple[type[Exception], ...] = _SENTENCES) -> Iterator[None]:
    """What a service refuses becomes a 400 (or 409) with its sentence."""
    try:
        yield
    except errors as error:
        raise (Conflicting if status == 409 else ValidationError)(str(error)) from error


def choice_of(request: Request, name: str, among: list[str], default: str) -> str:
    value = request.query_params.get(name, default)
    if value not in among:
        raise ValidationError(f"{name}: Expected one of {', '.join(filter(None, among))}; got {value[:40]!r}.")
    return value


def offset_of(request: Request) -> int:
    value = request.query_params.get("offset", "0")
    if not value.isdecimal() or len(value) > 9:
        raise ValidationError(f"offset: Expected a whole number from 0 on; got {value[:40]!r}.")
    return int(value)
