"""segment-anything's attention through PyTorch's fused kernel (SDPA): the same numbers, less memory, more speed.

The library writes the whole attention matrix of 4096 x 4096 pairs a head to memory, three times over. Its decomposed
relative positions (Li et al. 2022, MViTv2) become the bias that `scaled_dot_product_attention` takes.
"""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from inference.engine.torchvision_free import segment_anything


def _position_bias(attention: Any, q: Tensor, size: tuple[int, int]) -> Tensor:
    """float[n, heads, h w, h w]: R_h and R_w of the queries q float[n, heads, h w, c] on a grid of `size` = (h, w)."""
    height, width = size
    vertical = attention.get_rel_pos(height, height, attention.rel_pos_h).to(q.dtype)
    horizontal = attention.get_rel_pos(width, width, attention.rel_pos_w).to(q.dtype)
    grid = q.unflatten(2, size)
    rows = torch.einsum("nahwc,hkc->nahwk", grid, vertical)
    columns = torch.einsum("nahwc,wkc->nahwk", grid, horizontal)
    return (rows[..., :, None] + columns[..., None, :]).flatten(4).flatten(2, 3)


def _encoder_attention(attention: Any, x: Tensor) -> Tensor:
    """`Attention.forward` of the image encoder: x float[n, h, w, c]."""
    count, height, width, _ = x.shape
    qkv = attention.qkv(x).reshape(count, height * width, 3, attention.num_heads, -1).permute(2, 0, 3, 1, 4)
    q, k, v = qkv.unbind(0)
    bias = _position_bias(attention, q, (height, width)) if attention.use_rel_pos else None
    mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=bias, scale=attention.scale)
    projected: Tensor = attention.proj(mixed.transpose(1, 2).reshape(count, height, width, -1))
    return projected


def _decoder_attention(attention: Any, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """`Attention.forward` of the two-way transformer."""
    heads = attention.num_heads
    q = attention._separate_heads(attention.q_proj(q), heads)
    k = attention._separate_heads(attention.k_proj(k), heads)
    v = attention._separate_heads(attention.v_proj(v), heads)
    mixed = F.scaled_dot_product_attention(q, k, v)
    projected: Tensor = attention.out_proj(attention._recombine_heads(mixed))
    return projected


def use_fused_attention(model: Any) -> None:
    """Give every attention of a `segment_anything.modeling.Sam` the fused forward; its weights stay."""
    modeling = segment_anything().modeling
    for module in model.modules():
        if isinstance(module, modeling.image_encoder.Attention):
            module.forward = _encoder_attention.__get__(module)
            module.get_rel_pos = modeling.image_encoder.get_rel_pos  # found now: compiled code must not import
        elif isinstance(module, modeling.transformer.Attention):
            module.forward = _decoder_attention.__get__(module)
