"""At start: is the segmenter that the settings name there at all?"""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from inference.engine import SegmenterError, check


@register
def segmenter_is_there(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """One sentence when GOLDVEIN_SEGMENTER is unknown or its checkpoint missing, where a model will run."""
    if settings.ROLE not in {"all", "gpu"}:
        return []
    try:
        check(settings.SEGMENTER, settings.SEGMENTER_CHECKPOINT)
    except SegmenterError as error:
        return [Error(str(error), id="assist.E001")]
    return []
