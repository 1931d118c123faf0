"""Fingerprints: of the very pixels (the same picture is imported once) and of the look (near-duplicates)."""

import hashlib
from collections.abc import Iterable

import numpy as np
from PIL import Image as Pillow


def key_of(pixels: np.ndarray, *parts: object) -> str:
    """SHA-256 (hex) of the values, their shape and type, and anything else that makes this picture another one."""
    digest = hashlib.sha256(f"{pixels.shape} {pixels.dtype.str} {parts}".encode())
    for block in _blocks(pixels):
        digest.update(np.ascontiguousarray(block).data)
    return digest.hexdigest()


def key_from(*parts: object) -> str:
    """SHA-256 (hex) of a few plain values."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _blocks(pixels: np.ndarray) -> Iterable[np.ndarray]:
    """Row by row of the first axis, so that a large volume is never copied whole."""
    return pixels if pixels.ndim > 1 else (pixels,)


def look_of(picture: np.ndarray) -> str:
    """Difference hash of a grey or RGB picture (uint8, uint16 or float 0-1): 64 bits as 16 hex digits.

    Each bit says whether a field of a 9x8 thumbnail is brighter than its left neighbour (N. Krawetz, "Kind of Like
    That", 2013). Near-duplicates differ in few bits.
    """
    grey = picture @ np.full(3, 1 / 3, dtype=np.float32) if picture.ndim == 3 else picture
    small = Pillow.fromarray(grey.astype(np.float32)).resize((9, 8), Pillow.Resampling.BOX)
    levels = np.asarray(small)
    bits = (levels[:, 1:] > levels[:, :-1]).reshape(-1)
    return np.packbits(bits).tobytes().hex()
