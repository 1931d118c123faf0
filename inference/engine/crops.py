"""Between an image and the demo network's crop: where to look, what to show, and back."""

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional as F

from inference.engine.protocol import Box, Prompt

CROP = 64
MARGIN = 1.4  # the crop shows this many times the box: enough surroundings to see where an object ends
POINT_SIGMA = 2.0  # crop pixels
Window = tuple[int, int, int, int]


def prompt_box(prompt: Prompt, size: tuple[int, int]) -> Box:
    """The box to look around: the prompt's own, grown to hold its inner points; without one, a quarter of the image."""
    inner = [(x, y) for x, y, inside in prompt.points if inside]
    if prompt.box is not None:
        corners = [(prompt.box[0], prompt.box[1]), (prompt.box[2], prompt.box[3]), *inner]
    else:
        half = max(size) / 8
        corners = [(x + sx * half, y + sy * half) for x, y in inner for sx in (-1, 1) for sy in (-1, 1)]
    xs, ys = zip(*corners, strict=True)
    return (min(xs), min(ys), max(xs), max(ys))


def window_around(box: Box) -> Window:
    """The crop's edges [x1, y1, x2, y2) in whole pixels, possibly beyond the image.

    A long thin box gets a window at most twice as long as it is wide: stretching it further would distort too much.
    """
    width, height = box[2] - box[0], box[3] - box[1]
    half_width = max(width, height / 2) * MARGIN / 2
    half_height = max(height, width / 2) * MARGIN / 2
    cx, cy = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    x1, y1 = int(np.floor(cx - half_width)), int(np.floor(cy - half_height))
    return x1, y1, max(int(np.ceil(cx + half_width)), x1 + 4), max(int(np.ceil(cy + half_height)), y1 + 4)


def cut(array: npt.NDArray[np.generic], window: Window) -> npt.NDArray[np.generic]:
    """`array`[h, w, ...] inside `window`; what lies beyond the image repeats its edge."""
    x1, y1, x2, y2 = window
    rows = np.clip(np.arange(y1, y2), 0, array.shape[0] - 1)
    columns = np.clip(np.arange(x1, x2), 0, array.shape[1] - 1)
    return array.take(rows, 0).take(columns, 1)  # a fifth of what indexing by both at once costs


def resize(planes: Tensor, size: tuple[int, int]) -> Tensor:
    """float32[c, h, w] -> float32[c, *size], bilinear; averaging where it shrinks."""
    return F.interpolate(planes[None], size=size, mode="bilinear", antialias=True, align_corners=False)[0]


def appearance(image: npt.NDArray[np.uint8], window: Window) -> Tensor:
    """The picture in the window: float32[3, CROP, CROP], each channel centred, all scaled by one spread."""
    planes = torch.from_numpy(np.ascontiguousarray(cut(image, window))).permute(2, 0, 1).float()
    planes = resize(planes, (CROP, CROP))
    planes = planes - planes.mean((1, 2), keepdim=True)
    return planes / planes.std().clamp(min=2.0)


def guidance(prompt: Prompt, box: Box, window: Window) -> Tensor:
    """The prompt in the window, float32[5, CROP, CROP]: box, ellipse in it, points inside, points outside, mask.

    The ellipse's plane is 1 in the middle, 1/2 on the ellipse, 0 through the box's corners and -1 far away; the
    previous mask's is 1 inside, -1 outside, 0 where there is none; the others are 0 to 1.
    """
    x1, y1, x2, y2 = window
    # Pixel centres of the crop, in image pixels.
    xs = x1 + (torch.arange(CROP) + 0.5) * (x2 - x1) / CROP
    ys = y1 + (torch.arange(CROP) + 0.5) * (y2 - y1) / CROP
    planes = torch.zeros(5, CROP, CROP)
    planes[0] = ((ys >= box[1]) & (ys < box[3])).float()[:, None] * ((xs >= box[0]) & (xs < box[2])).float()[None]
    across, along = (2 * xs - box[0] - box[2]) / (box[2] - box[0]), (2 * ys - box[1] - box[3]) / (box[3] - box[1])
    planes[1] = (1 - (across[None] ** 2 + along[:, None] ** 2) / 2).clamp(-1, 1)
    for x, y, inside in prompt.points:
        u, v = (xs - x) * CROP / (x2 - x1), (ys - y) * CROP / (y2 - y1)
        bump = torch.exp(-(u[None] ** 2 + v[:, None] ** 2) / (2 * POINT_SIGMA**2))
        plane = 2 if inside else 3
        planes[plane] = torch.maximum(planes[plane], bump)
    if prompt.mask is not None:
        known = torch.from_numpy(cut(prompt.mask, window).astype(np.float32))[None]
        planes[4] = 2 * resize(known, (CROP, CROP))[0] - 1
    return planes


def back(logits: Tensor, window: Window, size: tuple[int, int]) -> tuple[npt.NDArray[np.float32], int, int]:
    """Logits float32[CROP, CROP] -> (logits float32[h, w], x, y): the window's part that lies on an image of `size`."""
    x1, y1, x2, y2 = window
    values = resize(logits[None], (y2 - y1, x2 - x1))[0].numpy()
    left, top, right, bottom = max(x1, 0), max(y1, 0), min(x2, size[1]), min(y2, size[0])
    return values[top - y1 : bottom - y1, left - x1 : right - x1], left, top
