"""SAM without state gives what the library's predictor gives; MedSAM has its own way in and out."""

import subprocess
import sys

import numpy as np
import pytest
import torch

from inference.engine import sam
from inference.engine.attention import use_fused_attention
from inference.engine.batching import Chunks, DeviceCopies, bucket
from inference.engine.medsam import MedSamSegmenter
from inference.engine.precision import LEAST_IOU, mean_iou, scene
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
    segmenter = SamSegmenter(tiny, "sam_vit_b", "abc", half=False)
    embedding = segmenter.encode(picture)
    for prompt in PROMPTS:
        expected, score = library_logits(tiny, picture, prompt)
        logits, scores = segmenter._best([(embedding, prompt)])
        assert np.abs(logits[0].numpy() - expected).max() < 1e-4
        assert float(scores[0]) == pytest.approx(float(score), abs=1e-4)


def test_many_prompts_at_once_are_answered_in_order_and_as_one_by_one(tiny, picture):
    segmenter = SamSegmenter(tiny, "sam_vit_b", "abc", half=False)
    embedding = segmenter.encode(picture)
    prompts = PROMPTS * 4  # more boxes than one chunk holds
    together = segmenter.decode(embedding, prompts)
    for prompt, proposal in zip(prompts, together, strict=True):
        alone = segmenter.decode(embedding, [prompt])[0]
        different = alone.full(embedding.size) ^ proposal.full(embedding.size)
        assert different.mean() < 0.001  # a logit within rounding of 0 may fall on either side


def test_prompts_on_several_images_share_a_batch(tiny, picture):
    """Each row looks at its own image: logits as one by one, whatever the sizes of the others."""
    segmenter = SamSegmenter(tiny, "sam_vit_b", "abc", half=False)
    embeddings = [segmenter.encode(p) for p in (picture, 255 - picture[:40], picture[:, :30])]
    rows = [(e, Prompt((3.0 + k, 4, 25, 30))) for k in range(3) for e in embeddings]
    together, scores = segmenter._best(rows)
    for row, logits, score in zip(rows, together, scores, strict=True):
        alone, own = segmenter._best([row])
        assert logits.shape == row[0].size
        assert float((logits - alone[0]).abs().max()) < 1e-4
        assert float(score) == pytest.approx(float(own[0]), abs=1e-5)


def test_a_mask_so_far_is_taken_like_the_library_takes_it(tiny, picture):
    segmenter = SamSegmenter(tiny, "sam_vit_b", "abc", half=False)
    embedding = segmenter.encode(picture)
    so_far = np.zeros((50, 83), bool)
    so_far[10:30, 12:40] = True
    prompt = Prompt((5, 6, 40, 30), ((12, 9, True),), so_far)
    predictor = segment_anything().SamPredictor(tiny)
    predictor.set_image(picture)
    expected, _, _ = predictor.predict(
        np.array([[12, 9]]),
        np.array([1]),
        np.array(prompt.box),
        mask_input=segmenter._low_mask(so_far, (50, 83)).numpy(),
        multimask_output=False,
        return_logits=True,
    )
    assert np.abs(segmenter._best([(embedding, prompt)])[0][0].numpy() - expected[0]).max() < 1e-4
    low = segmenter._low_mask(so_far, (50, 83))[0]
    assert low.shape == tiny.prompt_encoder.mask_input_size
    assert float(low.min()) == -6.0
    assert float(low.max()) == 6.0


def test_out_of_memory_halves_the_batch_and_says_so_when_nothing_helps(tiny, picture, monkeypatch):
    segmenter = SamSegmenter(tiny, "sam_vit_b", "abc", half=False)
    embedding = segmenter.encode(picture)
    rows = [(embedding, Prompt((2.0 + k, 3, 30, 30))) for k in range(13)]
    expected = segmenter.decode_rows(rows)
    inner, sizes, room = segmenter._predict, [], 3

    def crowded(features, sparse, dense):
        sizes.append(len(sparse))
        if len(sparse) > room:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return inner(features, sparse, dense)

    monkeypatch.setattr(segmenter, "_predict", crowded)
    found = segmenter.decode_rows(rows)
    assert sizes == [8, 4, 2, 2, 2, 2, 2, 2, 1]
    assert all((a.full((50, 83)) ^ b.full((50, 83))).mean() < 0.001 for a, b in zip(found, expected, strict=True))
    room = 0
    with pytest.raises(SegmenterError, match="more memory than this machine has"):
        segmenter.decode_rows(rows)


def test_a_model_that_does_not_fit_moves_to_the_processor_once(tiny, picture, monkeypatch):
    segmenter = SamSegmenter(tiny, "sam_vit_b", "abc", half=False)
    moved = []
    segmenter._encodings = Chunks(1, lambda: moved.append("cpu"))
    inner = segmenter._encode

    def crowded(images):
        if not moved:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return inner(images)

    monkeypatch.setattr(segmenter, "_encode", crowded)
    assert segmenter.encode(picture).size == (50, 83)
    assert moved == ["cpu"]


def test_fused_attention_is_the_library_s_own(picture):
    """The encoder with and without the fused kernel, in one process, on a fresh model."""
    modeling = segment_anything().modeling
    torch.manual_seed(1)
    encoder = modeling.ImageEncoderViT(
        depth=2, embed_dim=32, img_size=64, num_heads=2, patch_size=8, out_chans=16, use_rel_pos=True,
        window_size=3, global_attn_indexes=(1,),
    )  # fmt: skip
    for block in encoder.blocks:  # zeros at birth would hide a mistake
        torch.nn.init.normal_(block.attn.rel_pos_h)
        torch.nn.init.normal_(block.attn.rel_pos_w)
    batch = torch.randn(2, 3, 64, 64)
    with torch.inference_mode():
        expected = encoder(batch)
        use_fused_attention(encoder)
        assert float((encoder(batch) - expected).abs().max()) < 1e-5
    assert encoder.blocks[0].attn.forward.__name__ == "_encoder_attention"


def test_buckets_and_copies():
    assert [bucket(n) for n in (1, 2, 3, 9, 33, 64)] == [1, 2, 4, 16, 64, 64]
    copies = DeviceCopies(3000)
    arrays = [np.full(256, k, np.float16) for k in range(4)]
    tensors = [copies.get(a, torch.device("cpu")) for a in arrays]
    assert copies.get(arrays[3], torch.device("cpu")) is tensors[3]
    assert copies.get(arrays[0], torch.device("cpu")) is not tensors[0]  # went first: only two fit
    assert copies._used <= 3000
    del arrays
    assert copies._used == 0


def test_an_embedding_is_one_array_and_the_segmenter_keeps_nothing(tiny, picture):
    segmenter = SamSegmenter(tiny, "sam_vit_b", "abc", half=False)
    first = segmenter.encode(picture)
    before = segmenter.decode(first, PROMPTS)
    segmenter.encode(255 - picture)
    after = segmenter.decode(first, PROMPTS)
    assert first.features.shape == (32, 8, 8)
    assert all(np.array_equal(a.mask, b.mask) and a.score == b.score for a, b in zip(before, after, strict=True))
    assert segmenter.version == "abc-p1"


def test_medsam_stretches_the_picture_and_scales_it_to_one(tiny):
    segmenter = MedSamSegmenter(tiny, "medsam_vit_b", "abc", half=False)
    picture = np.zeros((10, 20, 3), np.uint8)
    picture[:, 10:] = 200
    prepared = segmenter._prepare(picture)
    assert prepared.shape == (3, 64, 64)
    assert prepared.min() == 0
    assert prepared.max() == 1
    assert prepared[:, :, :28].max() < 0.1  # no padding: the left half is the dark half
    assert segmenter._scale((10, 20)) == (3.2, 6.4)


def test_medsam_answers_points_alone(tiny, picture):
    segmenter = MedSamSegmenter(tiny, "medsam_vit_b", "abc", half=False)
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


def test_it_imports_after_somebody_else_tried_without_torchvision():
    """Such a try leaves parts of the package behind; MONAI makes it."""
    code = (
        "import sys\n"
        "sys.modules['torchvision'] = None\n"
        "try:\n"
        "    import segment_anything\n"
        "except ImportError:\n"
        "    pass\n"
        "assert 'segment_anything.modeling' in sys.modules\n"
        "del sys.modules['torchvision']\n"
        "from inference.engine.torchvision_free import segment_anything\n"
        "assert segment_anything().modeling.Sam\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


class TestPrecision:
    def test_bfloat16_features_give_the_masks_of_float32(self, tiny):
        """With random weights, whose logits lie near their threshold everywhere, the hardest case there is."""
        image, prompts = scene()
        exact, half = (SamSegmenter(tiny, "sam_vit_b", "abc", half=half) for half in (False, True))
        embedding = half.encode(image)
        assert not np.array_equal(embedding.features, exact.encode(image).features)  # it did run in other precision
        agreement = mean_iou(exact.decode(exact.encode(image), prompts), half.decode(embedding, prompts), (256, 256))
        assert agreement >= LEAST_IOU

    def test_where_the_masks_change_it_is_turned_off(self, tiny, monkeypatch, caplog):
        monkeypatch.setattr(sam, "LEAST_IOU", 1.01)
        segmenter = SamSegmenter(tiny, "sam_vit_b", "abc", half=True)
        segmenter.warm_up()
        assert "goes on in float32" in caplog.text
        image, _ = scene()
        plain = SamSegmenter(tiny, "sam_vit_b", "abc", half=False).encode(image)
        assert np.array_equal(segmenter.encode(image).features, plain.features)

    def test_where_they_agree_it_stays(self, tiny, caplog):
        segmenter = SamSegmenter(tiny, "sam_vit_b", "abc", half=True)
        segmenter.warm_up()
        assert caplog.text == ""
        image, _ = scene()
        plain = SamSegmenter(tiny, "sam_vit_b", "abc", half=False).encode(image)
        assert not np.array_equal(segmenter.encode(image).features, plain.features)

    def test_the_encoder_is_one_graph(self, tiny):
        """As `torch.compile` needs it; the chip's own compiler comes after that."""
        image, _ = scene()
        segmenter = SamSegmenter(tiny, "sam_vit_b", "abc", half=False)
        expected = segmenter.encode(image).features
        segmenter._compile(image, backend="eager")
        assert segmenter._encoder is not tiny.image_encoder
        assert np.abs(segmenter.encode(image).features - expected).max() < 1e-5

    def test_without_a_compiler_it_goes_on_as_it_was(self, tiny, caplog):
        def no_compiler(graph, inputs):
            raise RuntimeError("no compiler here")

        image, _ = scene()
        segmenter = SamSegmenter(tiny, "sam_vit_b", "abc", half=False)
        segmenter._compile(image, backend=no_compiler)
        assert "is not compiled" in caplog.text
        assert segmenter._encoder is tiny.image_encoder
        assert segmenter.encode(image).features.shape == (32, 8, 8)
