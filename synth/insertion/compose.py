"""Putting a part of one picture into another so that no seam is left.

    x = f^-1[(1 - a) f(L_h) + a f(L_d)] + sqrt(1 - a) n_h + k sqrt(a) n_d

L is the smooth part, n the grain, h host and d donor; a = the part's shape, blurred by 1.2 px; f the optical density
in bright field, else the identity. The square roots keep the grain's variance where both are mixed; k brings the
donor's grain to the host's. The result is rounded once, to grey levels that the host has.
"""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from synth.insertion import grain

EDGE = 1.2  # px, standard deviation of the blur of the part's shape
RING = 4  # px round the part in which host and donor are matched
GAIN = (0.8, 1.25)
GRAIN_GAIN = (0.5, 2.0)
BRIGHT = 127.0  # median grey level above which a picture counts as bright field


@dataclass(frozen=True)
class Composed:
    """`pixels` uint8[h, w, 3]; `mismatch`: mean difference of donor and host on the ring, over the donor's contrast."""

    pixels: np.ndarray
    mismatch: float


def compose(host: np.ndarray, donor: np.ndarray, part: np.ndarray, *, match: str = "shift") -> Composed:
    """Put what `donor` shows at `part` bool[h, w] into `host`; both uint8[h, w, 3], aligned already.

    `match`: "shift" (the ring's median; objects on a background), "scale" (its mean and spread too; organs) or "heal"
    (the ring's differences, blurred over the part; background on background, which may slope).
    """
    ring = ndimage.binary_dilation(part, iterations=RING) & ~part
    if not part.any() or not ring.any():
        raise ValueError("The part must be neither empty nor fill the picture.")
    density = float(np.median(host)) > BRIGHT
    alpha = ndimage.gaussian_filter(part.astype(np.float64), EDGE)
    touched = alpha > 1e-3
    out = host.copy()
    mismatches = []
    is_grey = bool((host[..., 0] == host[..., 1]).all() and (host[..., 0] == host[..., 2]).all())
    for channel in range(1 if is_grey else 3):
        level, mismatch = _channel(host[..., channel], donor[..., channel], alpha, part, ring, density, match)
        snapped = _snapped(level, np.unique(host[..., channel]))
        out[..., channel] = np.where(touched, snapped, host[..., channel])
        mismatches.append(mismatch)
    if is_grey:
        out = np.repeat(out[..., :1], 3, axis=2)
    return Composed(out, float(np.mean(mismatches)))


def _channel(
    host: np.ndarray,
    donor: np.ndarray,
    alpha: np.ndarray,
    part: np.ndarray,
    ring: np.ndarray,
    density: bool,
    match: str,
) -> tuple[np.ndarray, float]:
    smooth_h, grain_h = grain.split(host.astype(np.float64))
    smooth_d, grain_d = grain.split(donor.astype(np.float64))
    f_h, f_d = (_density(smooth) if density else smooth for smooth in (smooth_h, smooth_d))
    if match == "scale":
        # On flat surroundings the spread is chance: the grain's own keeps the gain near one there.
        level = host.astype(np.float64)
        chance = float((_density(level) if density else level)[ring].var() - f_h[ring].var())
        variances = [float(part_f[ring].var()) + max(chance, 1e-9) for part_f in (f_h, f_d)]
        gain = float(np.clip(np.sqrt(variances[0] / variances[1]), *GAIN))
        f_d = (f_d - f_d[ring].mean()) * gain + f_h[ring].mean()
    elif match == "heal":
        reach = max(1.0, float(np.sqrt(part.sum())) / 3)
        share = np.maximum(ndimage.gaussian_filter(ring.astype(np.float64), reach), 1e-9)
        f_d = f_d + ndimage.gaussian_filter(np.where(ring, f_h - f_d, 0.0), reach) / share
    else:
        f_d = f_d + float(np.median(f_h[ring]) - np.median(f_d[ring]))
    contrast = float(f_d[part | ring].std())
    mismatch = float(np.abs(f_d[ring] - f_h[ring]).mean()) / max(contrast, 1e-6)
    k = float(np.clip(grain_h[ring].std() / max(float(grain_d[ring].std()), 1e-6), *GRAIN_GAIN))
    mixed = (1 - alpha) * f_h + alpha * f_d
    smooth = 256 * np.exp(-mixed) - 1 if density else mixed
    return smooth + np.sqrt(1 - alpha) * grain_h + k * np.sqrt(alpha) * grain_d, mismatch


def _density(level: np.ndarray) -> np.ndarray:
    result: np.ndarray = -np.log((np.clip(level, 0, 255) + 1) / 256)
    return result


def _snapped(level: np.ndarray, occupied: np.ndarray) -> np.ndarray:
    """The nearest of the grey levels that the host has, uint8."""
    middles = (occupied[1:].astype(np.float64) + occupied[:-1]) / 2
    result: np.ndarray = occupied[np.searchsorted(middles, level)]
    return result
