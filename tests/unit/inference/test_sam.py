"""SAM without state gives what the library's predictor gives; MedSAM has its own way in and out."""

import subprocess
import sys

import numpy as np
import pytest
import torch

from inference.engine.medsam import MedSamSegmenter
from inference.engine.protocol import Prompt, SegmenterError
from inference.engine.registry import load
from inference.engine.sam import SamSegmenter
from inference.engine.torchvision_free import batched_nms, box_area, segment_anything


@pytest.fixture(scope="module")
def picture():
    return np.random.default_rng(3).integers(0, 256, (50, 83, 3), dtype=np.uint8)


PROMPTS = [
    Prompt((5, 6, 40, 30)),
    Prompt((20.5, 3, 80, 48)),
    Prompt(None, ((30, 20, True),)),
    Prompt((5, 6, 40, 30), ((12, 9, True), (33, 28, False))),
    Prompt((1, 1, 9, 9)),
]


def library_logits(tiny, picture, prompt):
    predictor = segment_anything().SamPredictor(tiny)
    predictor.set_image(picture)
    lone = (prompt.box is not None) + len(prompt.points) == 1
    masks, scores, _ = predictor.predict(
        point_coords=np.array([p[:2] for p in prompt.points]) if prompt.points else None,
        point_labels=np.array([int(p[2]) for p in prompt.points]) if prompt.points else None,
        box=np.array(prompt.box) if prompt.box else None,
        multimask_output=lone,
        return_logits=True,
    )
    return masks[scores.argmax()], scores.max()


def test_agrees_with_the_library_predictor(tiny, picture):
    segmenter = SamSegmenter(tiny, "sam_vit_b", "abc")
    embedding = segmenter.encode(picture)
    features = torch.from_numpy(embedding.features)
    for prompt in PROMPTS:
        expected, score = library_logits(tiny, picture, prompt)
        logits, scores = segmenter._best(features, [prompt], embedding.size)
        assert np.abs(logits[0].numpy() - expected).max() < 1e-4
        assert float(scores[0]) == pytest.approx(float(score), abs=1e-4)


def test_many_prompts_at_once_are_answered_in_order_and_as_one_by_one(tiny, picture):
    segmenter = SamSegmenter(tiny, "sam_vit_b", "abc")
    embedding = segmenter.encode(picture)
    prompts = PROMPTS * 4  # more boxes than one chunk holds
    together = segmenter.decode(embedding, prompts)
    for prompt, proposal in zip(prompts, together, strict=True):
        alone = segmenter.decode(embedding, [prompt])[0]
        different = alone.full(embedding.size) ^ proposal.full(embedding.size)
        assert different.mean() < 0.001  # a logit within rounding of 0 may fall on either side


def test_an_embedding_is_one_array_and_the_segmenter_keeps_nothing(tiny, picture):
    segmenter = SamSegmenter(tiny, "sam_vit_b", "abc")
    first = segmenter.encode(picture)
    before = segmenter.decode(first, PROMPTS)
    segmenter.encode(255 - picture)
    after = segmenter.decode(first, PROMPTS)
    assert first.features.shape == (32, 8, 8)
    assert all(np.array_equal(a.mask, b.mask) and a.score == b.score for a, b in zip(before, after, strict=True))
    assert segmenter.version == "abc-p1"


def test_medsam_stretches_the_picture_and_scales_it_to_one(tiny):
    segmenter = MedSamSegmenter(tiny, "medsam_vit_b", "abc")
    picture = np.zeros((10, 20, 3), np.uint8)
    picture[:, 10:] = 200
    prepared = segmenter._prepare(picture)
    assert prepared.shape == (3, 64, 64)
    assert prepared.min() == 0
    assert prepared.max() == 1
    assert prepared[:, :, :28].max() < 0.1  # no padding: the left half is the dark half
    assert segmenter._scale((10, 20)) == (3.2, 6.4)


def test_medsam_answers_points_alone(tiny, picture):
    segmenter = MedSamSegmenter(tiny, "medsam_vit_b", "abc")
    proposals = segmenter.decode(segmenter.encode(picture), [Prompt(None, ((30, 20, True),))])
    assert len(proposals) == 1


def test_a_wrong_checkpoint_is_one_sentence(tmp_path):
    wrong = tmp_path / "sam.pth"
    wrong.write_bytes(b"not weights")
    with pytest.raises(SegmenterError, match=r"sam\.pth does not hold the weights of sam_vit_b"):
        load("sam_vit_b", wrong)


def test_box_area_and_nms_by_hand():
    boxes = torch.tensor([[0.0, 0, 10, 10], [0, 0, 10, 9], [20, 20, 30, 30], [0, 0, 10, 10]])
    assert box_area(boxes).tolist() == [100, 90, 100, 100]
    kept = batched_nms(boxes, torch.tensor([0.8, 0.9, 0.1, 0.7]), torch.tensor([0, 0, 0, 1]), 0.5)
    assert kept.tolist() == [1, 3, 2]  # 0 goes for 1 (IoU .9); 3 is of another group
    assert batched_nms(boxes[:0], torch.zeros(0), torch.zeros(0), 0.5).tolist() == []


def test_no_half_torchvision_is_left_behind():
    """In a fresh process: segment-anything imports, and whoever looks for torchvision afterwards finds none of ours."""
    code = (
        "import sys, importlib.util\n"
        "from inference.engine.torchvision_free import segment_anything\n"
        "sa = segment_anything()\n"
        "assert sa.SamPredictor and sa.SamAutomaticMaskGenerator\n"
        "left = [n for n in sys.modules if n.startswith('torchvision')]\n"
        "real = importlib.util.find_spec('torchvision') is not None\n"
        "assert real or not left, left\n"
        "assert segment_anything() is sa\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
