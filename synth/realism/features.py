"""Twenty-three figures of a picture that a script would look at first."""

from itertools import pairwise

import numpy as np
from scipy import ndimage

NAMES = (
    *("mean red", "mean green", "mean blue", "sd red", "sd green", "sd blue"),
    *("level 5 %", "level 50 %", "level 95 %", "saturation"),
    *("noise", "noise dark to bright", "gradient mean", "gradient sd", "gradient 95 %"),
    *("band 1", "band 2", "band 3", "band 4", "band 5"),
    *("sharpness", "levels used", "bytes"),
)


def describe(pixels: np.ndarray, size_in_bytes: int) -> np.ndarray:
    """float64[23] of uint8[h, w, 3], in the order of `NAMES`; bytes, powers and noise as logarithms."""
    colour = pixels.astype(np.float64)
    grey = colour.mean(axis=2)
    gradient = np.hypot(ndimage.sobel(grey, 0), ndimage.sobel(grey, 1)) / 8
    # Differences of diagonal neighbours: structure cancels, noise stays.
    grain = (grey[:-1, :-1] - grey[:-1, 1:] - grey[1:, :-1] + grey[1:, 1:]) / 2
    middle = np.median(grey)
    dark, bright = (np.abs(grain[mask[:-1, :-1]]) for mask in (grey < middle, grey >= middle))
    spread = colour.max(axis=2) - colour.min(axis=2)
    return np.array(
        [
            *colour.mean(axis=(0, 1)),
            *colour.std(axis=(0, 1)),
            *np.percentile(grey, (5, 50, 95)),
            (spread / np.maximum(colour.max(axis=2), 1)).mean(),
            np.log(np.median(np.abs(grain)) / 0.6745 + 0.05),
            np.log((dark.mean() + 0.05) / (bright.mean() + 0.05)) if dark.size and bright.size else 0.0,
            gradient.mean(),
            gradient.std(),
            np.percentile(gradient, 95),
            *_bands(grey),
            np.log(ndimage.laplace(grey).var() + 1e-3),
            float(len(np.unique(pixels))),
            np.log(size_in_bytes),
        ]
    )


def _bands(grey: np.ndarray) -> list[float]:
    """Log power in five rings of the spectrum, from coarse to the finest grain."""
    window = np.outer(np.hanning(grey.shape[0]), np.hanning(grey.shape[1]))
    power = np.abs(np.fft.fft2((grey - grey.mean()) * window)) ** 2
    ring = np.hypot(np.fft.fftfreq(grey.shape[0])[:, None], np.fft.fftfreq(grey.shape[1])[None, :])
    edges = (0.0, 0.06, 0.12, 0.22, 0.34, 0.8)
    return [float(np.log(power[(ring > a) & (ring <= b)].mean() + 1e-6)) for a, b in pairwise(edges)]
