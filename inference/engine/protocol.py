"""What a segmenter is: a stateless `encode`, then any number of stateless `decode` on what it returned.

Nothing is remembered between calls, so one segmenter serves many people at once, and an embedding made ahead, cached
on disk or made by another process is as good as a fresh one.
"""

from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

Box = tuple[float, float, float, float]
Point = tuple[float, float, bool]


class SegmenterError(ValueError):
    """A sentence for the person who asked: what was expected and what came."""


@dataclass(frozen=True)
class Prompt:
    """What a person marked, in pixels of the encoded image (origin top left, x right, y down).

    `box` is [x1, y1, x2, y2] with half-open edges; `points` are (x, y, inside the object?). At least a box or one
    point inside is needed. `mask` bool[h, w], of the whole image, is the mask so far, which points then correct.
    """

    box: Box | None = None
    points: tuple[Point, ...] = ()
    mask: npt.NDArray[np.bool_] | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if self.box is None and not any(inside for _, _, inside in self.points):
            raise SegmenterError("A prompt needs a box or at least one point inside the object.")
        if self.box is not None and not (self.box[0] < self.box[2] and self.box[1] < self.box[3]):
            raise SegmenterError(f"A box needs x1 < x2 and y1 < y2; it is {list(self.box)}.")


@dataclass(frozen=True)
class Proposal:
    """A proposed mask, cropped: `mask` bool[h, w] lies at (x, y) of the image; an empty one is 1x1 and False.

    `score` is the segmenter's own estimate of its quality in [0, 1]; `stability` the IoU between the masks at a lower
    and a higher threshold, in [0, 1]. Neither is shown to annotators.
    """

    x: int
    y: int
    mask: npt.NDArray[np.bool_]
    score: float
    stability: float

    def full(self, size: tuple[int, int]) -> npt.NDArray[np.bool_]:
        """The mask on the whole image: bool[h, w] for `size` = (h, w)."""
        whole = np.zeros(size, bool)
        height, width = self.mask.shape
        whole[self.y : self.y + height, self.x : self.x + width] = self.mask
        return whole


@dataclass(frozen=True)
class Embedding:
    """What `encode` found out about one image: `features` (any shape; float16 survives the cache) and its (h, w)."""

    features: npt.NDArray[np.generic]
    size: tuple[int, int]


Row = tuple[Embedding, Prompt]


class Segmenter(Protocol):
    """A model that turns a prompt into a mask. `version` changes whenever its answers may change."""

    name: str
    version: str

    def encode(self, image: npt.NDArray[np.uint8]) -> Embedding:
        """The costly part, once an image: uint8[h, w, 3], RGB. Raises `SegmenterError` for anything else."""
        ...

    def decode(self, embedding: Embedding, prompts: list[Prompt]) -> list[Proposal]:
        """The cheap part: one proposal a prompt, in order."""
        ...

    def decode_rows(self, rows: list[Row]) -> list[Proposal]:
        """The same for prompts of many people on many images at once: one proposal a row, in order."""
        ...


@runtime_checkable
class WarmsUp(Protocol):
    """A segmenter that has more to do before its first prompt than answering one."""

    def warm_up(self) -> None: ...


def check_image(image: npt.NDArray[np.uint8]) -> None:
    """Raise `SegmenterError` unless `image` is uint8[h, w, 3] with h, w >= 1."""
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or 0 in image.shape:
        raise SegmenterError(f"An image must be uint8[h, w, 3]; it is {image.dtype}{list(image.shape)}.")


def proposal_from_logits(
    logits: npt.NDArray[np.float32], *, x: int, y: int, score: float | None = None, offset: float = 1.0
) -> Proposal:
    """Threshold `logits` float32[h, w], lying at (x, y) of the image, at 0 and crop to what is inside.

    Without a `score` of the model's own, the expected Dice of the mask under its probabilities is taken:
    2 sum(p m) / (sum(p) + sum(m)). Stability is |logits > offset| / |logits > -offset| (Kirillov et al. 2023).
    """
    mask = logits > 0
    low = np.count_nonzero(logits > -offset)
    stability = np.count_nonzero(logits > offset) / low if low else 0.0
    if score is None:
        probability = 1 / (1 + np.exp(-np.clip(logits, -30, 30)))
        score = float(2 * probability[mask].sum() / max(probability.sum() + mask.sum(), 1e-9))
    score = float(np.clip(score, 0, 1))
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if rows.size == 0:
        return Proposal(x, y, np.zeros((1, 1), bool), score, stability)
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    return Proposal(x + int(left), y + int(top), mask[top:bottom, left:right].copy(), score, stability)
