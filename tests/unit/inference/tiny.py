"""A Sam small enough to run in every test: the real classes, 64 px, random weights."""

from typing import Any

import torch

from inference.engine.torchvision_free import segment_anything


def tiny_sam() -> Any:
    """A `segment_anything.modeling.Sam`, the same at every call."""
    modeling = segment_anything().modeling
    torch.manual_seed(0)
    encoder = modeling.ImageEncoderViT(
        depth=1, embed_dim=32, img_size=64, num_heads=2, patch_size=8, out_chans=32, use_rel_pos=True, window_size=4
    )
    prompt = modeling.PromptEncoder(
        embed_dim=32, image_embedding_size=(8, 8), input_image_size=(64, 64), mask_in_chans=4
    )
    transformer = modeling.TwoWayTransformer(depth=2, embedding_dim=32, mlp_dim=64, num_heads=2)
    decoder = modeling.MaskDecoder(transformer_dim=32, transformer=transformer)
    return modeling.Sam(encoder, prompt, decoder).eval()
