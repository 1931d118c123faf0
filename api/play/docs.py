"""What the schema says of every endpoint besides its own: how it may refuse."""

from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema

from api.common.endpoint import Detail

_REFUSALS = {
    400: "The request is not what was expected.",
    401: "No API key or session, or one that is not known.",
    403: "The consent text was not agreed to, or a session's request came without its CSRF token.",
    404: "There is no such thing, or it is somebody else's.",
    409: "There is another answer already.",
    413: "The body is too large.",
    415: "The body is not application/json.",
    429: "Too many requests; `Retry-After` says how long to wait.",
    503: "Not at this moment; `Retry-After` says when to come again.",
}


def endpoint(operation: str, *refusals: int, request: Any = None, responses: dict[int, Any], **kwargs: Any) -> Any:
    """`extend_schema` with the refusals by status; 429 and 503 may come always, 413 and 415 with a body."""
    always = (413, 415, 429, 503) if request is not None else (429, 503)
    for status in sorted({*refusals, *always}):
        responses[status] = OpenApiResponse(Detail, description=_REFUSALS[status])
    return extend_schema(operation_id=operation, request=request, responses=responses, tags=["play"], **kwargs)


def done(description: str) -> OpenApiResponse:
    """A reply without a body."""
    return OpenApiResponse(description=description)
