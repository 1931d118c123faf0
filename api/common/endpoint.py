"""What all endpoints share."""

from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView

from api.common.errors import handle
from api.common.json import JSONOnly, StrictJSONParser
from api.common.limits import Limit, PerPerson


class Detail(serializers.Serializer):
    """A refusal."""

    detail = serializers.CharField(help_text="One sentence that says what was expected and what came.")


class Endpoint(APIView):
    """A view that parses, calls one service and renders. Its answers belong to one person and are never cached."""

    parser_classes = [StrictJSONParser]
    content_negotiation_class = JSONOnly
    throttle_classes = [PerPerson]
    limits: ClassVar[dict[str, Limit]] = {}

    def get_exception_handler(self) -> Any:
        return handle

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        response.headers["Cache-Control"] = "no-store"
        return response


class Unknown(Endpoint):
    """Whatever no other address of the API answers to."""

    authentication_classes = []
    permission_classes = [AllowAny]
    throttle_classes = []
    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise NotFound("There is nothing at this address.")
