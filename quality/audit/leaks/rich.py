"""Richer figures of a picture, for attackers with patience.

Grain by brightness, moments and neighbourhood of the wavelet residual, the spectrum in rings, the block grid of
earlier JPEG coding, the two-pixel period of demosaicing, the comb of grey levels, local binary patterns, and how the
colours hang together.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, stats

from quality.audit.leaks.pictures import Pixels

Floats = NDArray[np.float64]


def rich(pixels: Pixels) -> dict[str, float]:
    """Named figures of uint8[h, w, 3]."""
    colour = pixels.astype(np.float64)
    grey = colour.mean(axis=2)
    residual = grey - ndimage.gaussian_filter(grey, 1.0)
    return {
        **_grain(grey, residual),
        **_moments(residual),
        **_spectrum(grey),
        **_grid(grey),
        **_comb(pixels),
        **_patterns(grey),
        **_colours(colour),
    }


def _grain(grey: Floats, residual: Floats) -> dict[str, float]:
    """Residual's spread in five classes of brightness."""
    edges = np.quantile(grey, np.linspace(0, 1, 6))
    found = {}
    for number, (low, high) in enumerate(pairwise(edges)):
        inside = residual[(grey >= low) & (grey <= high)]
        found[f"grain at brightness {number}"] = float(np.log(inside.std() + 0.05)) if inside.size else 0.0
    return found


def _moments(residual: Floats) -> dict[str, float]:
    flat = residual.ravel()
    scale = flat.std() + 1e-6
    across = {
        f"residual with its neighbour {dy},{dx}": float(
            (residual[dy:, dx:] * residual[: residual.shape[0] - dy, : residual.shape[1] - dx]).mean() / scale**2
        )
        for dy, dx in ((0, 1), (1, 0), (1, 1), (0, 2), (2, 0))
    }
    return {
        "residual skew": float(stats.skew(flat)) if scale > 1e-5 else 0.0,
        "residual kurtosis": float(np.log(stats.kurtosis(flat) + 4)) if scale > 1e-5 else 0.0,
        "residual zeros": float((np.abs(flat) < 0.1).mean()),
        **across,
    }


def _spectrum(grey: Floats) -> dict[str, float]:
    window = np.outer(np.hanning(grey.shape[0]), np.hanning(grey.shape[1]))
    power = np.abs(np.fft.fft2((grey - grey.mean()) * window)) ** 2
    y, x = np.fft.fftfreq(grey.shape[0])[:, None], np.fft.fftfreq(grey.shape[1])[None, :]
    ring = np.hypot(y, x)
    rings = {
        f"ring {number}": float(np.log(power[(ring > low) & (ring <= high)].mean() + 1e-6))
        for number, (low, high) in enumerate(pairwise(np.linspace(0.02, 0.7, 15)))
    }
    upright = np.abs(y) > np.abs(x)
    fine = ring > 0.25
    anisotropy = np.log(power[fine & upright].mean() + 1e-6) - np.log(power[fine & ~upright].mean() + 1e-6)
    period = np.log(power[(np.abs(y) > 0.48) | (np.abs(x) > 0.48)].mean() + 1e-6) - rings["ring 9"]
    return {**rings, "anisotropy": float(anisotropy), "period of two": float(period)}


def _grid(grey: Floats) -> dict[str, float]:
    """Steps at the borders of 8 and 16 px blocks against steps elsewhere."""
    found = {}
    for axis, name in ((0, "rows"), (1, "columns")):
        steps = np.abs(np.diff(grey, axis=axis)).mean(axis=1 - axis)
        for block in (8, 16):
            borders = np.arange(len(steps)) % block == block - 1
            if borders.any():
                found[f"grid of {block}, {name}"] = float(
                    np.log((steps[borders].mean() + 0.05) / (steps.mean() + 0.05))
                )
    return found


def _comb(pixels: Pixels) -> dict[str, float]:
    counts = np.bincount(pixels.ravel(), minlength=256).astype(np.float64)
    smooth = ndimage.uniform_filter1d(counts, 5)
    return {
        "comb": float(np.abs(counts - smooth).sum() / counts.sum()),
        "levels used": float((counts > 0).sum()),
        "black": float(counts[0] / counts.sum()),
        "white": float(counts[255] / counts.sum()),
    }


def _patterns(grey: Floats) -> dict[str, float]:
    """Share of each number of neighbours that are brighter than the middle (local binary patterns, by their sum)."""
    middle = grey[1:-1, 1:-1]
    height, width = grey.shape
    brighter = np.zeros(middle.shape, dtype=int)
    for dy in range(3):
        for dx in range(3):
            if (dy, dx) != (1, 1):
                brighter += grey[dy : height - 2 + dy, dx : width - 2 + dx] > middle
    shares = np.bincount(brighter.ravel(), minlength=9) / max(brighter.size, 1)
    return {f"{number} neighbours brighter": float(share) for number, share in enumerate(shares)}


def _colours(colour: Floats) -> dict[str, float]:
    residual = colour - ndimage.gaussian_filter(colour, (1, 1, 0))
    found = {}
    for a, b in ((0, 1), (1, 2), (0, 2)):
        for name, values in (("levels", colour), ("residuals", residual)):
            x, y = values[..., a].ravel(), values[..., b].ravel()
            spread = x.std() * y.std()
            found[f"{name} {a} with {b}"] = float(((x - x.mean()) * (y - y.mean())).mean() / spread) if spread else 1.0
    return found
