"""Kinds of answers, by what the person said: the only grouping that tells nothing of what is true (I4)."""

from typing import Any

NOTHING = "-nothing"
CANNOT_TELL = "-cannot-tell"
SEVERAL = "-several"
WORDS = {NOTHING: "“Nothing here”", CANNOT_TELL: "“Can’t tell”", SEVERAL: "several kinds in one picture"}


def kind_of(answer: dict[str, Any], asked: str | None) -> str:
    """A label's key or one of `WORDS`, whose names no label can have. `asked`: the label a mask task asks for.

    >>> kind_of({"kind": "class", "label": "cat"}, None), kind_of({"kind": "nothing"}, "liver")
    ('cat', 'liver')
    """
    if asked is not None:
        return asked
    if answer["kind"] == "class":
        return str(answer["label"])
    if answer["kind"] == "box":
        labels = {str(label) for *_, label in answer["boxes"]}
        return labels.pop() if len(labels) == 1 else SEVERAL
    return NOTHING if answer["kind"] == "nothing" else CANNOT_TELL
