"""About a hundred figures of a picture, in four families, for attackers that can use many at once.

Colours are taken apart into grey, red against blue, and green against both, since cameras and codecs treat them
differently. `FAMILIES` says which columns belong together, so that a report can name what gives a pack away.
"""

import numpy as np
from scipy import ndimage, stats

RINGS = 12
OPPONENT = np.array([[1, 1, 1], [1, 0, -1], [-0.5, 1, -0.5]]) / np.array([[3], [2], [2]])
LAGS = (1, 2, 3, 4, 8)


def colour(pixels: np.ndarray) -> list[float]:
    """Percentiles of each opponent colour, and how the colours go together."""
    planes = (pixels.reshape(-1, 3) @ OPPONENT.T).T
    levels = np.percentile(planes, (2, 10, 30, 50, 70, 90, 98), axis=1)
    return [*levels.T.ravel(), *np.corrcoef(planes + 1e-6 * np.arange(planes.shape[1]))[np.triu_indices(3, 1)]]


def noise(pixels: np.ndarray) -> list[float]:
    """Log power in rings of the spectrum of each opponent colour, and the tails and neighbours of the finest grain."""
    out: list[float] = []
    planes = np.moveaxis(pixels @ OPPONENT.T, -1, 0)
    window = np.outer(np.hanning(pixels.shape[0]), np.hanning(pixels.shape[1]))
    place = np.hypot(np.fft.fftfreq(pixels.shape[0])[:, None], np.fft.fftfreq(pixels.shape[1])[None, :])
    ring = np.minimum((place * 2 * RINGS).astype(int), RINGS - 1)
    counts = np.bincount(ring.ravel(), minlength=RINGS)
    for plane in planes:
        power = np.abs(np.fft.fft2((plane - plane.mean()) * window)) ** 2
        out += np.log(np.bincount(ring.ravel(), power.ravel(), RINGS) / counts + 1e-3).tolist()
        grain = plane - ndimage.gaussian_filter(plane, 1.0)
        out.append(float(stats.kurtosis(np.clip(grain, *np.percentile(grain, (0.5, 99.5))), axis=None)))
        spread = grain.var() + 1e-9
        out += [float((grain[:, lag:] * grain[:, :-lag]).mean() / spread) for lag in LAGS]
        out += [float((grain[lag:] * grain[:-lag]).mean() / spread) for lag in LAGS]
    return out


def sharpness(pixels: np.ndarray) -> list[float]:
    """Percentiles of the slope at two scales, and the share of pixels that are darker or lighter than all around."""
    grey = pixels.mean(axis=2)
    out: list[float] = []
    for scale in (0.7, 2.0):
        slope = ndimage.gaussian_gradient_magnitude(grey, scale)
        out += np.percentile(slope, (10, 50, 80, 95, 99.5)).tolist()
        bend = ndimage.gaussian_laplace(grey, scale)
        out += [float(np.log(bend.var() + 1e-3)), float(stats.skew(bend, axis=None))]
    around = ndimage.gaussian_filter(grey, 1.0)
    out.append(float((around == ndimage.minimum_filter(around, 5)).mean()))
    out.append(float((around == ndimage.maximum_filter(around, 5)).mean()))
    return out


def occupancy(pixels: np.ndarray) -> list[float]:
    """Which grey levels occur at all: how many, how unevenly, and whether odd and even ones differ (a comb)."""
    out: list[float] = []
    for channel in range(3):
        counts = np.bincount(pixels[..., channel].ravel().astype(np.int64), minlength=256).astype(np.float64)
        smooth = ndimage.uniform_filter1d(counts, 5)
        out += [
            float((counts > 0).sum()),
            float(np.log(((counts - smooth) ** 2).sum() / (smooth**2).sum() + 1e-6)),
            float(counts[::2].sum() / counts.sum()),
            float(counts[250:].sum() / counts.sum()),
        ]
    return out


_PARTS = {"colour": colour, "noise spectrum": noise, "sharpness": sharpness, "level occupancy": occupancy}


def _families() -> dict[str, slice]:
    blank, start, out = np.random.default_rng(0).integers(0, 255, (16, 16, 3)).astype(np.float64), 0, {}
    for name, part in _PARTS.items():
        size = len(part(blank))
        out[name] = slice(start, start + size)
        start += size
    return out


FAMILIES = _families()


def describe(pixels: np.ndarray) -> np.ndarray:
    """float64[k] of uint8[h, w, 3], all finite; `FAMILIES` names the columns."""
    levels = pixels.astype(np.float64)
    figures = np.array([figure for part in _PARTS.values() for figure in part(levels)])
    return np.nan_to_num(figures)  # a plane without any colour has neither tails nor neighbours
