"""Distance to the nearest training picture, against that of real pictures which were not trained on.

Pictures are compared at 16 x 16 px in all eight turns and flips, mean square root difference in grey levels. A
generated picture nearer than the first percentile of the real ones counts as copied.
"""

from typing import Any

import numpy as np

from synth.data import DataError, Labelled

SIDE = 16
PERCENTILE = 1.0
ALLOWED = 0.02  # share of copies; 0.01 is what chance gives


def judge(pack: Labelled, trained: Labelled, held_out: Labelled | None = None) -> tuple[dict[str, Any], np.ndarray]:
    """The report and bool[len(pack)], which pictures count as copies.

    Without `held_out` each training picture is compared with those of other sources, as if it had been held out.
    """
    known = _small(trained.pixels)
    distances = _nearest(_small(pack.pixels), known)
    if held_out is not None:
        usual = _nearest(_small(held_out.pixels), known)
    else:
        groups = np.array([g or str(n) for n, g in enumerate(trained.groups)])
        if len(set(groups)) < 2:
            raise DataError("Give --held-out, or training pictures of at least two sources (column group).")
        usual = np.concatenate([_nearest(known[groups == g], known[groups != g]) for g in sorted(set(groups))])
    limit = float(np.percentile(usual, PERCENTILE))
    copied = distances < limit
    report = {
        "gate": "memorisation",
        "passed": bool(copied.mean() <= ALLOWED),
        "copied": int(copied.sum()),
        "share": round(float(copied.mean()), 4),
        "allowed": ALLOWED,
        "limit": round(limit, 3),
        "median_distance": round(float(np.median(distances)), 3),
        "median_distance_real": round(float(np.median(usual)), 3),
        "n_generated": len(pack),
        "n_trained": len(trained),
    }
    return report, copied


def _small(pixels: np.ndarray) -> np.ndarray:
    """uint8[n, s, s, 3] -> float32[n, 16, 16, 3], means over tiles."""
    side = pixels.shape[1]
    if side % SIDE:
        raise DataError(f"The side must divide by {SIDE}; it is {side} px.")
    tile = side // SIDE
    return pixels.reshape(-1, SIDE, tile, SIDE, tile, 3).mean(axis=(2, 4), dtype=np.float32)


def _nearest(pictures: np.ndarray, known: np.ndarray) -> np.ndarray:
    """float64[n]: root mean square difference to the nearest of `known`, over turns and flips."""
    flat = known.reshape(len(known), -1).astype(np.float64)
    norms = (flat**2).sum(axis=1)
    best = np.full(len(pictures), np.inf)
    for turn in range(4):
        for flip in (False, True):
            moved = np.rot90(pictures, turn, axes=(1, 2))
            moved = (moved[:, :, ::-1] if flip else moved).reshape(len(pictures), -1).astype(np.float64)
            squared = (moved**2).sum(axis=1)[:, None] + norms[None] - 2 * moved @ flat.T
            best = np.minimum(best, squared.min(axis=1))
    return np.sqrt(np.maximum(best, 0) / flat.shape[1])
