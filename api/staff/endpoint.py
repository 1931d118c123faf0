"""What all staff endpoints share: who may come in, and how they refuse."""

from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiResponse, extend_schema

from api.common.endpoint import Detail, Endpoint
from api.staff.auth import AUTHENTICATION, IsStaff

_REFUSALS = {
    400: "The request is not what was expected.",
    401: "No API key or staff session, or one that is not known.",
    403: "The role does not allow it, or a session's request came without its CSRF token.",
    404: "There is no such thing among the projects one works on.",
    409: "It cannot be done in the state things are in.",
    413: "The body is too large.",
    415: "The body is not application/json.",
    429: "Too many requests; `Retry-After` says how long to wait.",
    503: "Not at this moment; `Retry-After` says when to come again.",
}


class StaffEndpoint(Endpoint):
    """`roles`: method -> roles that may call it; a method that is missing is for everybody who works here."""

    authentication_classes = AUTHENTICATION
    permission_classes = [IsStaff]
    roles: ClassVar[dict[str, list[str]]] = {}


def endpoint(operation: str, *refusals: int, request: Any = None, responses: dict[int, Any], **kwargs: Any) -> Any:
    """`extend_schema` with the refusals by status; who is no staff may always be refused."""
    always = (401, 403, 413, 415, 429, 503) if request is not None else (401, 403, 429, 503)
    for status in sorted({*refusals, *always}):
        responses[status] = OpenApiResponse(Detail, description=_REFUSALS[status])
    operation_id = f"staff_{operation}"
    return extend_schema(operation_id=operation_id, request=request, responses=responses, tags=["staff"], **kwargs)
