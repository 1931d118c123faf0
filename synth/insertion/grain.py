"""A picture as a smooth part and its grain, by the starlet transform (Starck and Murtagh 1994)."""

import numpy as np
from scipy import ndimage

_KERNEL = np.array([1, 4, 6, 4, 1]) / 16
# Standard deviation of white noise of sd 1 at each scale.
_WHITE = (0.889, 0.200, 0.086)
_THRESHOLD = 3.0


def split(level: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """float[h, w] -> (smooth, grain), which add up to it: grain is what does not stand out of the noise."""
    coarse = np.asarray(level, dtype=np.float64)
    smooth = np.zeros_like(coarse)
    sigma = 0.0
    for scale, white in enumerate(_WHITE):
        blurred = _blur(coarse, 2**scale)
        detail = coarse - blurred
        if scale == 0:
            sigma = float(np.median(np.abs(detail))) / 0.6745 / white
        smooth += np.where(np.abs(detail) > _THRESHOLD * sigma * white, detail, 0)
        coarse = blurred
    smooth += coarse
    return smooth, level - smooth


def _blur(level: np.ndarray, step: int) -> np.ndarray:
    kernel = np.zeros(4 * step + 1)
    kernel[::step] = _KERNEL
    result: np.ndarray = ndimage.convolve1d(ndimage.convolve1d(level, kernel, axis=0), kernel, axis=1)
    return result
