"""SAM 2.1 through transformers, where it is installed: a tiny model with random weights, the real classes."""

import numpy as np
import pytest
import torch

from inference.engine import Prompt, SegmenterError, load

transformers = pytest.importorskip("transformers", reason="transformers is not installed (extra `sam2`)")

from inference.engine.sam2 import Sam2Segmenter  # noqa: E402


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    trunk = {
        "hidden_size": 16, "num_attention_heads": 1, "image_size": [128, 128], "blocks_per_stage": [1, 2, 2, 1],
        "embed_dim_per_stage": [16, 32, 64, 128], "num_attention_heads_per_stage": [1, 1, 2, 2],
        "window_size_per_stage": [8, 4, 4, 2], "global_attention_blocks": [4],
        "window_positional_embedding_background_size": [4, 4],
    }  # fmt: skip
    vision = {
        "backbone_config": {"model_type": "sam2_hiera_det_model", **trunk}, "backbone_channel_list": [128, 64, 32, 16],
        "backbone_feature_sizes": [[32, 32], [16, 16], [8, 8]], "fpn_hidden_size": 32,
    }  # fmt: skip
    config = transformers.Sam2Config(
        vision_config=vision,
        prompt_encoder_config={"hidden_size": 32, "image_size": 128, "patch_size": 16},
        mask_decoder_config={"hidden_size": 32, "mlp_dim": 32, "iou_head_hidden_dim": 32, "num_attention_heads": 2},
    )
    return transformers.Sam2Model(config).eval()


@pytest.fixture(scope="module")
def picture():
    return np.random.default_rng(3).integers(0, 256, (50, 83, 3), dtype=np.uint8)


PROMPTS = [Prompt((5, 6, 40, 30)), Prompt(None, ((30, 20, True),)), Prompt((5, 6, 40, 30), ((12, 9, True),))]


def test_agrees_with_the_library_from_the_picture_itself(model, picture):
    segmenter = Sam2Segmenter(model, "sam2", "abc")
    embedding = segmenter.encode(picture)
    for prompt in PROMPTS:
        lone = (prompt.box is not None) + len(prompt.points) == 1
        with torch.inference_mode():
            whole = model(
                pixel_values=segmenter._prepare(picture)[None],
                multimask_output=lone,
                **segmenter._prompts([(embedding, prompt)]),
            )
            low, score = segmenter._best([(embedding, prompt)])
        best = int(whole.iou_scores[0, 0].argmax())
        assert float((low[0] - whole.pred_masks[0, 0, best]).abs().max()) < 1e-4
        assert float(score[0]) == pytest.approx(float(whole.iou_scores[0, 0, best]), abs=1e-4)


def test_rows_of_several_pictures_are_answered_as_one_by_one(model, picture):
    segmenter = Sam2Segmenter(model, "sam2", "abc")
    embeddings = [segmenter.encode(p) for p in (picture, np.ascontiguousarray(255 - picture[:40]))]
    rows = [(e, prompt) for prompt in PROMPTS for e in embeddings]
    for (embedding, prompt), found in zip(rows, segmenter.decode_rows(rows), strict=True):
        alone = segmenter.decode(embedding, [prompt])[0]
        assert (found.full(embedding.size) ^ alone.full(embedding.size)).mean() < 0.001
        assert 0 <= found.score <= 1


def test_a_saved_model_is_loaded_and_a_wrong_folder_is_one_sentence(model, picture, tmp_path):
    model.save_pretrained(tmp_path / "good")
    segmenter = load("sam2", tmp_path / "good" / "model.safetensors")
    assert len(segmenter.decode(segmenter.encode(picture), PROMPTS)) == 3
    (tmp_path / "model.safetensors").write_bytes(b"nothing")
    with pytest.raises(SegmenterError, match="does not hold a SAM 2.1 model"):
        load("sam2", tmp_path / "model.safetensors")
