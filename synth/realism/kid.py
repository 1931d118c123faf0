"""Kernel distance between two sets of pictures (Binkowski et al. 2018), against that of real ones among themselves.

The squared maximum mean discrepancy with the kernel (x . y / d + 1)^3, without bias. x are the figures of `rich`,
standardised: the usual ones come from a network for photographs that knows nothing of stained cells. The floor: real
sources split in two halves at random, as often as pack and real are compared; the pack must not be farther from the
real pictures than nineteen in twenty of these halves are from one another.
"""

import numpy as np

ROUNDS = 60


def squared_distance(a: np.ndarray, b: np.ndarray) -> float:
    """Unbiased estimate for float64[n, d] and float64[m, d]; may be slightly negative."""
    d, n, m = a.shape[1], len(a), len(b)
    aa, bb, ab = ((x @ y.T / d + 1) ** 3 for x, y in ((a, a), (b, b), (a, b)))
    within = (aa.sum() - np.trace(aa)) / (n * (n - 1)) + (bb.sum() - np.trace(bb)) / (m * (m - 1))
    return float(within - 2 * ab.mean())


def distances(made: np.ndarray, real: np.ndarray, groups: list[str], *, seed: int = 0) -> tuple[float, float]:
    """(mean distance of the pack to halves of the real pictures, 95th percentile between such halves).

    `made` float64[n, d], `real` float64[m, d] standardised by the real ones; `groups`: the source of each real row.
    """
    rng = np.random.default_rng(seed)
    names = np.array(groups)
    pack, floor = [], []
    for _ in range(ROUNDS):
        order = rng.permutation(sorted(set(groups)))
        first = np.isin(names, order[: len(order) // 2])
        one, other = real[first], real[~first]
        size = min(len(one), len(other), len(made))
        one, other = (part[rng.permutation(len(part))[:size]] for part in (one, other))
        floor.append(squared_distance(one, other))
        pack.append(squared_distance(made[rng.permutation(len(made))[:size]], one))
    return float(np.mean(pack)), float(np.percentile(floor, 95))
