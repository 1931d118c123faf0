"""One suite over all segmenters: what the site relies on, whichever model is configured."""

import numpy as np
import pytest

from inference.engine import SEGMENTERS, Prompt, SegmenterError, load
from inference.engine.cache import _stored
from inference.engine.medsam import MedSamSegmenter
from inference.engine.sam import SamSegmenter


@pytest.fixture(params=["demo", "ellipse", "grabcut", "sam", "medsam"])
def segmenter(request, tiny):
    if request.param == "sam":
        return SamSegmenter(tiny, "sam_vit_b", "abc", half=False)
    if request.param == "medsam":
        return MedSamSegmenter(tiny, "medsam_vit_b", "abc", half=False)
    if request.param == "grabcut":
        pytest.importorskip("cv2", reason="opencv-python-headless is not installed (extra `bench`)")
    return load(request.param)


@pytest.fixture(scope="module")
def picture():
    return np.random.default_rng(5).integers(0, 256, (60, 90, 3), dtype=np.uint8)


BOXES = [Prompt((10, 12, 50, 40)), Prompt((0, 0, 90, 60)), Prompt((88.5, 58.5, 90, 60)), Prompt((3, 3, 4, 50))]


def test_a_proposal_lies_on_the_image_and_its_figures_are_shares(segmenter, picture):
    for proposal in segmenter.decode(segmenter.encode(picture), BOXES):
        height, width = proposal.mask.shape
        assert proposal.mask.dtype == bool
        assert 0 <= proposal.x <= 90 - width
        assert 0 <= proposal.y <= 60 - height
        assert 0 <= proposal.score <= 1
        assert 0 <= proposal.stability <= 1
        assert proposal.full((60, 90)).sum() == proposal.mask.sum()


def test_a_mask_is_cropped_tightly_or_is_one_empty_pixel(segmenter, picture):
    for proposal in segmenter.decode(segmenter.encode(picture), BOXES):
        if proposal.mask.any():
            assert proposal.mask[0].any()
            assert proposal.mask[-1].any()
            assert proposal.mask[:, 0].any()
            assert proposal.mask[:, -1].any()
        else:
            assert proposal.mask.shape == (1, 1)


def test_an_embedding_from_the_cache_gives_the_same_masks(segmenter, picture):
    fresh = _stored(segmenter.encode(picture))
    again = _stored(fresh)
    for a, b in zip(segmenter.decode(fresh, BOXES), segmenter.decode(again, BOXES), strict=True):
        assert np.array_equal(a.mask, b.mask)


def test_rows_of_several_images_are_answered_as_one_by_one(segmenter, picture):
    """Prompts of many people at once, each on their own image of its own size, in order."""
    images = [picture, picture[:40, :50], 255 - picture]
    embeddings = [segmenter.encode(np.ascontiguousarray(image)) for image in images]
    rows = [(e, prompt) for prompt in BOXES[:1] * 4 for e in embeddings]
    for (embedding, prompt), found in zip(rows, segmenter.decode_rows(rows), strict=True):
        alone = segmenter.decode(embedding, [prompt])[0]
        # A logit within rounding of 0 may fall on either side.
        assert (found.full(embedding.size) ^ alone.full(embedding.size)).mean() < 0.001
        assert found.score == pytest.approx(alone.score, abs=1e-4)


def test_no_prompts_no_proposals(segmenter, picture):
    assert segmenter.decode(segmenter.encode(picture), []) == []


@pytest.mark.parametrize("image", [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3)), np.zeros((0, 4, 3), np.uint8)])
def test_what_is_no_picture_is_refused_in_one_sentence(segmenter, image):
    with pytest.raises(SegmenterError, match="An image must be uint8"):
        segmenter.encode(image)


def test_grey_and_tiny_pictures_are_no_trouble(segmenter):
    flat = np.full((3, 2, 3), 128, np.uint8)
    assert len(segmenter.decode(segmenter.encode(flat), [Prompt((0, 0, 2, 3))])) == 1


def test_prompts_are_checked():
    with pytest.raises(SegmenterError, match="needs a box or at least one point inside"):
        Prompt(None, ((3, 4, False),))
    with pytest.raises(SegmenterError, match=r"needs x1 < x2 and y1 < y2; it is \[5, 0, 5, 9\]"):
        Prompt((5, 0, 5, 9))


def test_unknown_and_missing_are_one_sentence(tmp_path):
    with pytest.raises(SegmenterError, match="no segmenter 'sam9'; known are demo, sam_vit_b"):
        load("sam9")
    with pytest.raises(SegmenterError, match="sam_vit_h needs a checkpoint"):
        load("sam_vit_h")
    with pytest.raises(SegmenterError, match=r"gone\.pth of the segmenter medsam_vit_b does not exist"):
        load("medsam_vit_b", tmp_path / "gone.pth")
    (tmp_path / "wrong.safetensors").write_bytes(b"1234567890")
    with pytest.raises(SegmenterError, match="does not hold weights of the demo segmenter"):
        load("demo", tmp_path / "wrong.safetensors")


def test_every_registered_module_exists():
    from importlib import import_module

    for line in SEGMENTERS.values():
        module, _, function = line.factory.partition(":")
        assert callable(getattr(import_module(module), function))
