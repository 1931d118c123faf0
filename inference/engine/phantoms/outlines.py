"""How well an object stands out along its outline, and how much of the outline can be seen at all."""

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from inference.engine.phantoms.shapes import Array, Mask

RIM = 4  # pixels on either side of an outline
NEARBY = 2.0  # pixels, Gaussian: what counts as the same place of an outline
MIN_CONTRAST = 0.7  # nobody could say where a fainter object ends

Part = tuple[slice, slice]


def _rims(image: npt.NDArray[np.uint8], mask: Mask) -> tuple[Array, Mask, Mask, Mask]:
    """Around `mask`: the lightly smoothed picture float32[h, w, 3], what is inside, its inner and its outer rim."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    part: Part = (
        slice(max(rows[0] - 2 * RIM, 0), rows[-1] + 2 * RIM + 1),
        slice(max(columns[0] - 2 * RIM, 0), columns[-1] + 2 * RIM + 1),
    )
    inside, values = mask[part], ndimage.gaussian_filter(image[part].astype(np.float32), (1, 1, 0))
    inner = inside & ~ndimage.binary_erosion(inside, iterations=RIM)
    outer = ndimage.binary_dilation(inside, iterations=RIM) & ~inside
    return values, inside, inner, outer


def contrast(image: npt.NDArray[np.uint8], mask: Mask) -> float:
    """How well `mask` stands out along its outline: difference of the rims' means over their spread, best channel."""
    values, _, inner, outer = _rims(image, mask)
    if not outer.any():
        return 0.0
    spread = np.sqrt((values[inner].var(0) + values[outer].var(0)) / 2) + 1
    return float((np.abs(values[inner].mean(0) - values[outer].mean(0)) / spread).max())


def visible_share(image: npt.NDArray[np.uint8], mask: Mask) -> float:
    """The share in [0, 1] of the outline of `mask` where its contrast, taken place by place, reaches `MIN_CONTRAST`.

    Where the object meets the picture's edge it has no outline; 0 for an object that fills the picture.
    """
    values, inside, inner, outer = _rims(image, mask)

    def local(rim: Mask) -> tuple[Array, Array, Array]:
        """Of `rim` around each pixel: its weight [h, w], and the values' mean and variance [h, w, 3]."""
        weight = _nearby(rim.astype(np.float32)) + 1e-6
        mean = _nearby(rim[..., None] * values) / weight[..., None]
        square = _nearby(rim[..., None] * values**2) / weight[..., None]
        return weight, mean, np.clip(square - mean**2, 0, None)

    (_, within, variance), (beyond, around, variance_around) = local(inner), local(outer)
    places = (np.abs(within - around) / (np.sqrt((variance + variance_around) / 2) + 1)).max(2)
    outline = inside & ~ndimage.binary_erosion(inside, border_value=1) & (beyond > 1e-3)
    return float((places[outline] >= MIN_CONTRAST).mean()) if outline.any() else 0.0


def _nearby(values: Array) -> Array:
    """`values` [h, w, ...] summed around every pixel."""
    blur = (NEARBY, NEARBY, *[0.0] * (values.ndim - 2))
    return np.asarray(ndimage.gaussian_filter(values, blur, mode="constant"), np.float32)
