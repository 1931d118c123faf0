"""From measured values to grey levels: which span of values is shown from black to white.

Presets are the usual ones of computed tomography (level/width in Hounsfield units); `auto` takes the 0.5th to 99.5th
percentile, as MedSAM does for everything that is not CT.
"""

import re
from dataclasses import dataclass

import numpy as np

PRESETS = {
    "ct-abdomen": (40.0, 400.0),
    "ct-lung": (-600.0, 1500.0),
    "ct-bone": (400.0, 1800.0),
    "ct-brain": (40.0, 80.0),
}
_CUSTOM = re.compile(r"(-?\d+(?:\.\d+)?)/(\d+(?:\.\d+)?)")
_ENOUGH = 2_000_000  # values; percentiles of more are taken from every n-th


@dataclass(frozen=True)
class Window:
    """`low` is shown black, `high` white; `invert` the other way round."""

    low: float
    high: float
    invert: bool = False

    def apply(self, values: np.ndarray) -> np.ndarray:
        """Values of any real type as float32 in 0-1."""
        span = max(self.high - self.low, 1e-30)
        shown = np.clip((np.asarray(values, dtype=np.float32) - np.float32(self.low)) / np.float32(span), 0, 1)
        return 1 - shown if self.invert else shown


def valid(name: str) -> bool:
    return name in {"default", "auto"} or name in PRESETS or _CUSTOM.fullmatch(name) is not None


def named(name: str) -> Window | None:
    """The window of a preset or of `level/width`; None for `auto`, which needs the values."""
    if name in PRESETS:
        level, width = PRESETS[name]
    elif match := _CUSTOM.fullmatch(name):
        level, width = float(match[1]), float(match[2])
    else:
        return None
    return Window(level - width / 2, level + width / 2)


def percentiles(values: np.ndarray) -> Window:
    """0.5th to 99.5th percentile of the finite values; the whole span where those two coincide."""
    flat = values.reshape(-1)
    sample = np.asarray(flat[:: max(1, flat.size // _ENOUGH)], dtype=np.float32)
    sample = sample[np.isfinite(sample)]
    if not sample.size:
        return Window(0.0, 1.0)
    low, high = (float(v) for v in np.percentile(sample, [0.5, 99.5]))
    if high <= low:
        low, high = float(sample.min()), float(sample.max())
    return Window(low, high)
