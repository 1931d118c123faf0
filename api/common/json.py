"""JSON in and out: strict about what comes in, since whatever is accepted is stored as it is."""

import json
import re
from typing import Any

from rest_framework import status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import JSONRenderer

MAX_BYTES = 2 * 2**20  # 500 boxes or a mask of 1024 x 1024 with a full trace stay far below

# Escapes that may stand for characters no database takes: NUL and halves of surrogate pairs.
_SUSPICIOUS = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")


class TooLarge(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = f"The body may have at most {MAX_BYTES} bytes."


class StrictJSONParser(BaseParser):
    """JSON as the standard has it: UTF-8, finite numbers, storable text, bounded in size and depth."""

    media_type = "application/json"
    renderer_class = JSONRenderer

    def parse(self, stream, media_type=None, parser_context=None) -> Any:
        raw = stream.read(MAX_BYTES + 1)
        if len(raw) > MAX_BYTES:
            raise TooLarge
        try:
            data = json.loads(
                raw.decode("utf-8"), parse_constant=_refuse_constant, parse_float=_finite, parse_int=_whole
            )
            if _SUSPICIOUS.search(raw):
                _check_text(data)
        except RecursionError:
            raise ParseError("The body is nested too deeply.") from None
        except UnicodeDecodeError:
            raise ParseError("The body must be UTF-8.") from None
        except ValueError as error:
            raise ParseError(f"The body must be JSON: {error}.") from None
        return data


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number")


def _finite(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError(f"{text[:20]} is too large a number")
    return value


def _whole(text: str) -> int:
    _finite(text)  # whoever reads a stored number may well read it as a float
    return int(text)


def _check_text(value: Any) -> None:
    if isinstance(value, str):
        if "\0" in value:
            raise ValueError("text may not contain the NUL character")
        value.encode("utf-8")  # half a surrogate pair cannot be
    elif isinstance(value, list):
        for item in value:
            _check_text(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            _check_text(key)
            _check_text(item)


class JSONOnly(BaseContentNegotiation):
    """The one format there is, whatever a client says it accepts."""

    def select_parser(self, request, parsers):
        content_type = request.content_type.partition(";")[0].strip().lower()
        return parsers[0] if content_type == parsers[0].media_type else None

    def select_renderer(self, request, renderers, format_suffix=None):
        return renderers[0], renderers[0].media_type
