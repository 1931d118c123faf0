"""Answers of somebody who wants to learn from their score: wrong on purpose, or at random."""

from __future__ import annotations

from typing import Any

import numpy as np

from quality.audit.crowd.answers import Question
from quality.domain.answers import Answer, is_nothing, mask_answer

_SIDE = 0.06  # of a false box, share of the picture's side


def wrong(question: Question, truth: Answer | None, rng: np.random.Generator) -> dict[str, Any]:
    """A wrong answer. For class questions somebody without eyes (`truth` None) can only guess."""
    if question.kind == "class":
        true = None if truth is None or is_nothing(truth) else truth["label"]
        labels = [label for label in question.labels if label != true]
        return {"kind": "class", "label": str(rng.choice(labels or list(question.labels)))}
    height, width = question.size
    across, down = max(2.0, _SIDE * width), max(2.0, _SIDE * height)
    x = 0.0 if rng.random() < 0.5 else width - across
    y = 0.0 if rng.random() < 0.5 else height - down
    if question.kind == "box":
        label = str(rng.choice(list(question.labels)))
        return {"kind": "box", "boxes": [[round(x, 1), round(y, 1), round(x + across, 1), round(y + down, 1), label]]}
    mask = np.zeros(question.size, dtype=bool)
    mask[int(y) : int(y + down), int(x) : int(x + across)] = True
    return mask_answer(mask)
