"""How well masks agree with the truth, a row for each source and label."""

from typing import Any

import numpy as np

from quality.domain.metrics import dice, iou, surface_dice

TOLERANCE = 1.0  # px at the size worked at: outlines as near as that agree
METRICS = ("dice", "iou", "surface_dice", "volume_dice")


def rows(drawn: np.ndarray, true: np.ndarray, sources: list[str], keys: tuple[str, ...]) -> list[dict[str, Any]]:
    """`drawn`, `true` bool[n, k, s, s]; `sources`, one for each of the n slices.

    Dice, IoU and normalised surface Dice (`TOLERANCE`) are means over the slices that truly show the label;
    `volume_dice` is Dice over all the slices of the source together, so that what is drawn where nothing is counts.
    Sources that do not show a label have no row of it.
    """
    found = []
    for source in dict.fromkeys(sources):
        of = np.array([name == source for name in sources])
        for k, key in enumerate(keys):
            ours, theirs = drawn[of, k], true[of, k]
            shown = np.flatnonzero(theirs.any(axis=(1, 2)))
            if not shown.size:
                continue
            pairs = [(ours[i], theirs[i]) for i in shown]
            found.append(
                {
                    "source": source,
                    "label": key,
                    "slices": len(pairs),
                    "dice": float(np.mean([dice(a, b) for a, b in pairs])),
                    "iou": float(np.mean([iou(a, b) for a, b in pairs])),
                    "surface_dice": float(np.mean([surface_dice(a, b, tolerance=TOLERANCE) for a, b in pairs])),
                    "volume_dice": dice(ours, theirs),
                }
            )
    return found
