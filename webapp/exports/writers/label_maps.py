"""Label maps from the masks of one picture: 0 background, label i as i + 1, 255 where nobody can say (I11)."""

from collections.abc import Sequence

import numpy as np

from webapp.exports.rows import IGNORE, Dataset, Row


def label_map(dataset: Dataset, rows: Sequence[Row]) -> np.ndarray:
    """uint8[height, width] of the original as displayed, from all rows of one picture.

    Background is claimed only where every label of the set was asked and answered; else what no mask covers is
    ignored, for it may be a label that nobody looked for. Where masks overlap the later label of the set wins.
    """
    first = rows[0]
    answered = {row.label for row in rows if row.is_labelled}
    complete = answered >= {key for key, _ in dataset.labels}
    out = np.full((first.height, first.width), 0 if complete else IGNORE, dtype=np.uint8)
    x1, y1, x2, y2 = first.placement.crop
    outside = np.ones_like(out, dtype=bool)
    outside[y1:y2, x1:x2] = False
    out[outside] = IGNORE
    for row in sorted((r for r in rows if r.is_labelled), key=lambda r: dataset.value(r.label or "")):
        out[row.mask()] = dataset.value(row.label or "")
    return out
