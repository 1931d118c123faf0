"""Pack and real pictures after the common path, side by side, as every attacker gets them."""

from dataclasses import dataclass

import numpy as np

from synth.data import NOTHING, DataError, Labelled
from synth.realism import features, rich, sizes
from synth.realism.common_path import CommonPath, serve


@dataclass(frozen=True)
class Table:
    """One row a picture. `features` float64[n, 23], `rich` float64[n, k], `sizes` float64[n, codecs], `pixels`
    uint8[n, h, w, 3] as served, `generated` bool[n], `groups` the source of each row."""

    features: np.ndarray
    rich: np.ndarray
    sizes: np.ndarray
    pixels: np.ndarray
    generated: np.ndarray
    groups: list[str]


def alike(pack: Labelled, real: Labelled, *, seed: int = 0) -> Labelled:
    """So many of the real pictures that as large a share of them shows nothing as of the pack's; all of them where it
    is not known which."""
    if NOTHING not in real.keys:
        return real
    empty = real.labels == real.keys.index(NOTHING)
    share = float(np.mean([pack.keys[label] == NOTHING for label in pack.labels]))
    if not (~empty).any() and share < 1:
        return real
    total = min(side.sum() / part for side, part in ((empty, share), (~empty, 1 - share)) if part > 0)
    rng = np.random.default_rng(seed)
    rows = [
        rng.permutation(np.flatnonzero(side))[: round(total * part)]
        for side, part in ((empty, share), (~empty, 1 - share))
    ]
    return real.part(np.sort(np.concatenate(rows)))


def tabulate(pack: Labelled, real: Labelled, path: CommonPath, *, seed: int = 0) -> Table:
    """Both sides through the same steps, each picture with noise of its own."""
    if pack.pixels.shape[1:] != real.pixels.shape[1:]:
        raise DataError(f"Pack and real pictures differ in size: {pack.pixels.shape[1]} and {real.pixels.shape[1]} px.")
    rng = np.random.default_rng(seed)
    served = [serve(pixels, path, rng) for part in (pack, real) for pixels in part.pixels]
    return Table(
        features=np.array([features.describe(*one) for one in served]),
        rich=np.array([rich.describe(pixels) for pixels, _ in served]),
        sizes=np.array([sizes.measure(pixels) for pixels, _ in served]),
        pixels=np.stack([pixels for pixels, _ in served]),
        generated=np.arange(len(served)) < len(pack),
        groups=_sources(pack, real),
    )


def _sources(pack: Labelled, real: Labelled) -> list[str]:
    """The source of each row. Hosts of inserted objects may be sources of real pictures too: then they are one, since
    an attacker who was trained on a source's real pictures would take all of its others for real."""
    known = set(real.groups) - {""}
    made = [f"real {g}" if g in known else f"pack {g or n}" for n, g in enumerate(pack.groups)]
    return made + [f"real {g or n}" for n, g in enumerate(real.groups)]
