"""From pixels of an original to pixels of the picture that is served, and back.

Both are half-open: pixel k spans [k, k+1). A crop is taken first, then the rest is scaled, in x and y on its own, for
volumes may have slices whose voxels are not square.
"""

from dataclasses import dataclass

import numpy as np

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Placement:
    """`crop`: [x1, y1, x2, y2) in original pixels; `width`, `height`: of the served picture (px)."""

    crop: tuple[int, int, int, int]
    width: int
    height: int

    @property
    def scale_x(self) -> float:
        return self.width / (self.crop[2] - self.crop[0])

    @property
    def scale_y(self) -> float:
        return self.height / (self.crop[3] - self.crop[1])

    def box_to_served(self, box: Box) -> Box | None:
        """A box of the original in served pixels, cut at the picture's edge; None where nothing of it is left."""
        left, top = self.crop[0], self.crop[1]
        x1, x2 = (min(max((x - left) * self.scale_x, 0.0), float(self.width)) for x in (box[0], box[2]))
        y1, y2 = (min(max((y - top) * self.scale_y, 0.0), float(self.height)) for y in (box[1], box[3]))
        return (x1, y1, x2, y2) if x2 > x1 and y2 > y1 else None

    def box_to_original(self, box: Box) -> Box:
        """A box in served pixels, in pixels of the original."""
        left, top = self.crop[0], self.crop[1]
        return (
            box[0] / self.scale_x + left,
            box[1] / self.scale_y + top,
            box[2] / self.scale_x + left,
            box[3] / self.scale_y + top,
        )

    def map_to_served(self, labels: np.ndarray) -> np.ndarray:
        """A label map or mask [h, w] of the original at the served size: each pixel takes what lies at its centre."""
        part = labels[self.crop[1] : self.crop[3], self.crop[0] : self.crop[2]]
        return part[np.ix_(_centres(self.height, part.shape[0]), _centres(self.width, part.shape[1]))]

    def map_to_original(self, labels: np.ndarray, *, width: int, height: int) -> np.ndarray:
        """A served label map or mask in an original of that size (px); zero outside the crop."""
        out = np.zeros((height, width), dtype=labels.dtype)
        x1, y1, x2, y2 = self.crop
        out[y1:y2, x1:x2] = labels[np.ix_(_centres(y2 - y1, labels.shape[0]), _centres(x2 - x1, labels.shape[1]))]
        return out


def _centres(wanted: int, given: int) -> np.ndarray:
    """For each of `wanted` pixels the one of `given` under its centre."""
    return np.minimum(((np.arange(wanted) + 0.5) * given / wanted).astype(int), given - 1)


def square_around(box: Box, *, width: int, height: int, context: float) -> tuple[int, int, int, int]:
    """A square crop around a box: its longer side times `context`, moved to lie within the picture, never padded."""
    side = max(1, min(round(max(box[2] - box[0], box[3] - box[1]) * context), width, height))
    left = round((box[0] + box[2] - side) / 2)
    top = round((box[1] + box[3] - side) / 2)
    left, top = min(max(left, 0), width - side), min(max(top, 0), height - side)
    return left, top, left + side, top + side


@dataclass(frozen=True)
class Turn:
    """How a slice of an array is turned for display: transposed first, then columns and rows reversed.

    Written as letters, `T`, `X` and `Y`, in `Source.flips`.
    """

    transpose: bool = False
    flip_x: bool = False
    flip_y: bool = False

    def __str__(self) -> str:
        return "T" * self.transpose + "X" * self.flip_x + "Y" * self.flip_y

    @classmethod
    def parse(cls, letters: str) -> "Turn":
        return cls("T" in letters, "X" in letters, "Y" in letters)

    def show(self, plane: np.ndarray) -> np.ndarray:
        """From the array's own order to rows and columns of the display. A view."""
        shown = plane.T if self.transpose else plane
        return shown[:: -1 if self.flip_y else 1, :: -1 if self.flip_x else 1]

    def undo(self, shown: np.ndarray) -> np.ndarray:
        """From the display back to the array's order. A view."""
        plane = shown[:: -1 if self.flip_y else 1, :: -1 if self.flip_x else 1]
        return plane.T if self.transpose else plane
