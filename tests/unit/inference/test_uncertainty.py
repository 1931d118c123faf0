"""How much a mask depends on where its box was drawn."""

import numpy as np
import pytest

from inference.engine import Prompt, SegmenterError, load
from inference.engine.uncertainty import uncertainty


class Thirds:
    """Answers every third box with a large square and the others with a small one."""

    def __init__(self):
        self.inner = load("ellipse")

    def decode(self, embedding, prompts):
        boxes = [(10, 10, 30, 30) if k % 3 else (10, 10, 40, 30) for k in range(len(prompts))]
        return self.inner.decode(embedding, [Prompt(box) for box in boxes])


def test_entropy_by_hand():
    segmenter = load("ellipse")
    embedding = segmenter.encode(np.zeros((50, 60, 3), np.uint8))
    found = uncertainty(Thirds(), embedding, Prompt((10, 10, 30, 30)), copies=12)
    assert found.share[20, 20] == 1.0
    assert found.share[20, 36] == pytest.approx(1 / 3)
    assert found.entropy[20, 36] == pytest.approx(0.9183, abs=1e-4)  # of one in three, in bits
    assert found.entropy[0, 0] == found.entropy[20, 20] == 0
    x, y, inside = found.hint()
    assert found.entropy[int(y), int(x)] == found.entropy.max()
    assert inside == bool(found.share[int(y), int(x)] > 0.5)


def test_a_clear_disc_is_more_certain_than_noise():
    rows, columns = np.mgrid[0:120, 0:160]
    disc = (columns + 0.5 - 70) ** 2 + (rows + 0.5 - 60) ** 2 <= 30**2
    clear = np.repeat(np.where(disc, 180, 60).astype(np.uint8)[..., None], 3, 2)
    noise = np.random.default_rng(0).integers(0, 256, clear.shape, dtype=np.uint8)
    segmenter, prompt = load("demo"), Prompt((40, 30, 100, 90))
    sure, unsure = (uncertainty(segmenter, segmenter.encode(image), prompt) for image in (clear, noise))
    assert sure.disagreement < unsure.disagreement
    assert sure.entropy.sum() < unsure.entropy.sum()


def test_a_box_is_needed():
    segmenter = load("demo")
    with pytest.raises(SegmenterError, match="needs a box"):
        uncertainty(segmenter, segmenter.encode(np.zeros((9, 9, 3), np.uint8)), Prompt(None, ((3, 3, True),)))
