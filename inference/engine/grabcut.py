"""GrabCut (Rother, Kolmogorov and Blake 2004) from a box: the classical baseline that a learned segmenter has to beat.

OpenCV's, five iterations as in its documentation. Needs opencv-python-headless (the extra `bench`).
"""

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from inference.engine.protocol import (
    Embedding,
    Prompt,
    Proposal,
    Row,
    SegmenterError,
    check_image,
    proposal_from_logits,
)

ITERATIONS = 5
MARGIN = 1.0  # of the box on every side: the background that its colours are learned from


def grabcut_in_box(image: npt.NDArray[np.uint8], box: tuple[float, float, float, float]) -> npt.NDArray[np.bool_]:
    """bool[h, w]: what GrabCut takes for the object in `box` on `image` uint8[h, w, 3]; the box where it gives up."""
    cv2: Any = import_module("cv2")
    height, width = image.shape[:2]
    x1, y1, x2, y2 = (round(v) for v in box)
    dx, dy = round(MARGIN * (x2 - x1)) + 2, round(MARGIN * (y2 - y1)) + 2
    left, top, right, bottom = max(x1 - dx, 0), max(y1 - dy, 0), min(x2 + dx, width), min(y2 + dy, height)
    part = np.ascontiguousarray(image[top:bottom, left:right, ::-1])
    inner = (slice(max(y1, 0) - top, max(y2, y1 + 1) - top), slice(max(x1, 0) - left, max(x2, x1 + 1) - left))
    marks = np.full(part.shape[:2], cv2.GC_BGD, np.uint8)
    marks[inner] = cv2.GC_PR_FGD
    models = np.zeros((2, 1, 65))
    try:
        cv2.setRNGSeed(0)
        cv2.grabCut(part, marks, None, models[0], models[1], ITERATIONS, cv2.GC_INIT_WITH_MASK)
    except cv2.error:  # too few pixels for its colour models
        marks[inner] = cv2.GC_PR_FGD
    found = np.zeros((height, width), bool)
    found[top:bottom, left:right] = (marks == cv2.GC_FGD) | (marks == cv2.GC_PR_FGD)
    if not found.any():
        found[top:bottom, left:right][inner] = True
    return found


class GrabCutSegmenter:
    """Looks at pixels only when a prompt comes, so its embedding is the image; its score is 0."""

    name = "grabcut"
    version = "1"

    def encode(self, image: npt.NDArray[np.uint8]) -> Embedding:
        check_image(image)
        return Embedding(image, (image.shape[0], image.shape[1]))

    def decode(self, embedding: Embedding, prompts: list[Prompt]) -> list[Proposal]:
        return self.decode_rows([(embedding, prompt) for prompt in prompts])

    def decode_rows(self, rows: list[Row]) -> list[Proposal]:
        return [self._one(embedding, prompt) for embedding, prompt in rows]

    def _one(self, embedding: Embedding, prompt: Prompt) -> Proposal:
        if prompt.box is None:
            raise SegmenterError("The GrabCut baseline needs a box; only points came.")
        inside = grabcut_in_box(embedding.features.astype(np.uint8, copy=False), prompt.box)
        return proposal_from_logits(np.where(inside, 9, -9).astype(np.float32), x=0, y=0, score=0.0)


def load(name: str, checkpoint: Path | None) -> Any:
    """`grabcut`; raises `SegmenterError` where OpenCV is not installed."""
    try:
        import_module("cv2")
    except ImportError as error:
        raise SegmenterError("The GrabCut baseline needs OpenCV: pip install opencv-python-headless.") from error
    return GrabCutSegmenter()
