"""SAM-U (Deng et al. 2023, arXiv 2307.04973): how much the mask depends on where exactly the box was drawn.

Jittered copies of a box are decoded in one batch on one embedding; p is the share of copies that call a pixel inside,
and its entropy says where the outline is a matter of chance.

    H = -p log2 p - (1 - p) log2(1 - p)

Good for routing (which proposals need a second look) and for a hint where to look; not for grading people.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.special import entr

from inference.engine.protocol import Box, Embedding, Point, Prompt, Segmenter, SegmenterError

COPIES = 12
JITTER = 0.05  # of the box's own width and height, per edge


@dataclass(frozen=True)
class Uncertainty:
    """`share` float32[h, w] in [0, 1]: copies that say inside; `entropy` float32[h, w] in bits, 0 to 1.

    `disagreement` is the mean of 1 - Dice between the copies and their majority, in [0, 1].
    """

    share: npt.NDArray[np.float32]
    entropy: npt.NDArray[np.float32]
    disagreement: float

    def hint(self) -> Point | None:
        """Where to look first: the most uncertain pixel's centre, and what the majority says; None where all agree."""
        if not self.entropy.any():
            return None
        y, x = np.unravel_index(int(np.argmax(self.entropy)), self.entropy.shape)
        return float(x) + 0.5, float(y) + 0.5, bool(self.share[y, x] > 0.5)


def jittered(box: Box, rng: np.random.Generator, size: tuple[int, int], copies: int) -> list[Box]:
    """The box itself and `copies` - 1 with every edge moved by a normal error, on an image of `size` = (h, w)."""
    spread = JITTER * np.array([box[2] - box[0], box[3] - box[1]] * 2)
    moved = np.array(box) + rng.normal(0, 1, (copies - 1, 4)) * spread
    moved = np.clip(moved, 0, [size[1], size[0]] * 2)
    moved[:, 2:] = np.maximum(moved[:, 2:], moved[:, :2] + 1)
    return [box, *((float(a), float(b), float(c), float(d)) for a, b, c, d in moved)]


def uncertainty(
    segmenter: Segmenter, embedding: Embedding, prompt: Prompt, *, copies: int = COPIES, seed: int = 0
) -> Uncertainty:
    """Decode `copies` of a prompt's box in one batch. Raises `SegmenterError` for a prompt without a box."""
    if prompt.box is None:
        raise SegmenterError("An uncertainty map needs a box; only points came.")
    boxes = jittered(prompt.box, np.random.default_rng(seed), embedding.size, copies)
    proposals = segmenter.decode(embedding, [replace(prompt, box=box) for box in boxes])
    masks = np.stack([p.full(embedding.size) for p in proposals])
    share = masks.mean(0).astype(np.float32)
    entropy = (entr(share) + entr(1 - share)) / np.log(2)
    majority = share > 0.5
    overlap = (masks & majority).sum((1, 2)) * 2 / np.maximum(masks.sum((1, 2)) + majority.sum(), 1)
    return Uncertainty(share, entropy.astype(np.float32), float(np.mean(1 - overlap)) if masks.any() else 0.0)
