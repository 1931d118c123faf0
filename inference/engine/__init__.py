"""Segmenters: from a box or a few points to a mask. Knows no site; importing it does not import torch."""

from inference.engine.protocol import Embedding, Prompt, Proposal, Segmenter, SegmenterError, WarmsUp
from inference.engine.registry import SEGMENTERS, check, entry, load

__all__ = [
    "SEGMENTERS",
    "Embedding",
    "Prompt",
    "Proposal",
    "Segmenter",
    "SegmenterError",
    "WarmsUp",
    "check",
    "entry",
    "load",
]
