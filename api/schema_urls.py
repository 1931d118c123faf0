"""The schema of the whole API, for anybody. It describes shapes; there is nothing in it to learn about a task."""

from functools import cache
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.urls import path
from drf_spectacular.generators import SchemaGenerator


@cache
def generated() -> dict[str, Any]:
    """Made once a process: it follows from the code alone."""
    return SchemaGenerator().get_schema(request=None, public=True)


def schema(request: HttpRequest) -> JsonResponse:
    return JsonResponse(generated())


urlpatterns = [path("", schema, name="schema")]
