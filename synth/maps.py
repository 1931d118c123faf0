"""Label maps: pictures of which every pixel's label is known, what networks see of them, and maps of their own made
from them, since none is ever used as it is."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy import ndimage
from torch.nn import functional

from synth.errors import DataError
from synth.scenes import Scene, box_of, read_scenes, squared, tile

UNLABELLED = 255  # in a map: nobody looked
KEYS = 254  # so many labels at most
MOST = 4000  # pictures
MAPS, BENDS = 200, 8  # taken one after the other until one can be bent; how strongly, from all the way down to .3


@dataclass(frozen=True)
class Mapped:
    """`pixels` uint8[n, s, s, 3]; `maps` uint8[n, s, s]: 0 = none of the labels, k = `keys[k - 1]`, UNLABELLED;
    `groups`, the patient or slide of each; `names`; `crop`: see `map_scenes`;
    `labels_from`: see `synth.manifest.Manifest`."""

    pixels: np.ndarray
    maps: np.ndarray
    keys: tuple[str, ...]
    groups: tuple[str, ...]
    names: tuple[str, ...]
    crop: int | None = None
    labels_from: dict[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.maps)

    @property
    def is_labelled(self) -> np.ndarray:
        """bool[n]"""
        labelled: np.ndarray = self.maps[:, 0, 0] != UNLABELLED
        return labelled

    def about(self) -> dict[str, Any]:
        """For a model card."""
        maps = self.maps[self.is_labelled]
        shows = {key: int((maps == k).any(axis=(1, 2)).sum()) for k, key in enumerate(self.keys, start=1)}
        return {
            "pictures": len(self),
            "unlabelled": len(self) - len(maps),
            "groups": len(set(self.groups)),
            "shows": shows,
            **({"labels_from": self.labels_from} if self.labels_from else {}),
        }

    def join(self, others: "Mapped") -> "Mapped":
        """With others of the same size behind."""
        return replace(
            self,
            pixels=np.concatenate([self.pixels, others.pixels]),
            maps=np.concatenate([self.maps, others.maps]),
            groups=self.groups + others.groups,
            names=self.names + others.names,
        )


def read_maps(
    folder: Path,
    *,
    size: int,
    crop: int | None = None,
    names: dict[str, str] | None = None,
    unlabelled: Path | None = None,
    most: int = MOST,
) -> Mapped:
    """Read scenes (`synth.scenes`) as squares; `unlabelled`: a folder of further scenes whose labels, if there are any,
    are not looked at. See `map_scenes`."""
    others = [] if unlabelled is None else read_scenes(unlabelled, labelled=False)
    return map_scenes(read_scenes(folder, names=names), others, size=size, crop=crop, most=most)


def map_scenes(
    scenes: list[Scene],
    others: list[Scene],
    *,
    size: int,
    crop: int | None = None,
    labels_from: dict[str, int] | None = None,
    most: int = MOST,
) -> Mapped:
    """Scenes as squares of `size` px, at most `most` of them; the labels of `others` are not known.

    The whole scene, padded to a square, or with `crop` a square of that many px round one of its objects, anywhere in a
    scene without one, is brought to `size`.
    """
    keys = tuple(sorted({key for scene in scenes for key in scene.kinds.values()}))
    if not keys:
        raise DataError("The data holds no labelled object.")
    if len(keys) > KEYS:
        raise DataError(f"The data holds {len(keys)} labels; at most {KEYS} can be told apart.")
    found = replace(squares(scenes, keys, size=size, crop=crop, most=most), labels_from=labels_from or {})
    if others:
        more = squares(others, keys, size=size, crop=crop, most=most)
        found = found.join(replace(more, maps=np.full_like(more.maps, UNLABELLED)))
    return found


def squares(
    scenes: list[Scene], keys: tuple[str, ...], *, size: int, crop: int | None = None, most: int = MOST
) -> Mapped:
    """Those scenes with the labels `keys` as squares; see `map_scenes`."""
    rng = np.random.default_rng(0)
    usable = [scene for scene in scenes if crop is None or min(scene.objects.shape) >= crop]
    chosen = [usable[i] for i in np.sort(rng.permutation(len(usable))[:most])]
    cut = [_square(scene, keys, size, crop, rng) for scene in chosen]
    if not cut:
        raise DataError(f"No picture is at least {crop} px wide and high.")
    return Mapped(
        pixels=np.stack([pixels for pixels, _ in cut]),
        maps=np.stack([labels for _, labels in cut]),
        keys=keys,
        groups=tuple(scene.group for scene in chosen),
        names=tuple(scene.name for scene in chosen),
        crop=crop,
    )


def _square(
    scene: Scene, keys: tuple[str, ...], size: int, crop: int | None, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    labels: np.ndarray = np.zeros(scene.objects.shape, np.uint8)
    for k, key in enumerate(keys, start=1):
        labels[scene.mask(key)] = k
    pixels: np.ndarray = scene.pixels
    if crop is not None:
        place = tile(_looked_at(scene, crop, rng), scene.pixels.shape[:2], crop)
        pixels, labels = pixels[place], labels[place]
    return squared(pixels, labels, size)


def _looked_at(scene: Scene, crop: int, rng: np.random.Generator) -> tuple[int, int, int, int]:
    """The box that a tile is cut round: an object's, or one anywhere where there is none."""
    if scene.kinds:
        return box_of(scene.objects == rng.choice(list(scene.kinds)))
    y, x = (int(rng.integers(0, length - crop + 1)) for length in scene.objects.shape)
    return x, y, x + crop, y + crop


def planes(maps: torch.Tensor, keys: int) -> torch.Tensor:
    """What a network sees of `maps` uint8[b, s, s]: float32[b, keys + 1, s, s], a plane for "none" and one for each
    label; all are 0 where nobody looked."""
    whole = functional.one_hot(maps.long().clamp(max=keys + 1), keys + 2)[..., : keys + 1]
    return whole.permute(0, 3, 1, 2).float()


@dataclass(frozen=True)
class Deformed:
    """A map that is like one of the data but none of them, and that one's picture bent alike; `source`: its row,
    `name`: the picture's."""

    pixels: np.ndarray
    labels: np.ndarray
    source: int
    name: str


def deformed(data: Mapped, rng: np.random.Generator) -> Deformed:
    """A labelled row of `data` that shows something, turned, scaled, moved and bent; see `_is_plausible`."""
    rows = np.flatnonzero(data.is_labelled & data.maps.any(axis=(1, 2)))
    if not rows.size:
        raise DataError("No picture of the data shows a labelled object.")
    for _ in range(MAPS):
        row = int(rng.choice(rows))
        for strength in np.linspace(1.0, 0.3, BENDS):
            places = _bend(data.maps.shape[1], rng, float(strength))
            labels = _bent_map(data.maps[row], places, len(data.keys))
            if _is_plausible(labels, data.maps[row], len(data.keys)):
                bent = [
                    ndimage.map_coordinates(p, places, order=1, mode="nearest")
                    for p in np.moveaxis(data.pixels[row], 2, 0)
                ]
                return Deformed(np.stack(bent, axis=2), labels, row, data.names[row])
    raise DataError("These label maps cannot be bent without tearing or losing an object.")


def _bend(size: int, rng: np.random.Generator, strength: float) -> np.ndarray:
    """float64[2, s, s]: where each pixel comes from. At full `strength` turned by 8 degrees (sd), scaled by 6 %, moved
    by 3 % of the side, and bent by 3 % in waves of a sixth of it."""
    turn, scale = np.deg2rad(8) * strength * rng.normal(), np.exp(0.06 * strength * rng.normal(size=2))
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) / scale
    grid = np.indices((size, size), dtype=np.float64) - (size - 1) / 2
    moved = np.tensordot(matrix, grid, 1) + (size - 1) / 2 + 0.03 * size * strength * rng.normal(size=(2, 1, 1))
    waves = np.stack([ndimage.gaussian_filter(rng.normal(size=(size, size)), size / 6) for _ in range(2)])
    return moved + 0.03 * size * strength * waves / waves.std()


def _bent_map(labels: np.ndarray, places: np.ndarray, keys: int) -> np.ndarray:
    """Each label's share at every pixel, the largest wins: smooth outlines; the nearest pixel would leave stairs."""
    shares = [ndimage.map_coordinates((labels == k).astype(np.float64), places, order=1) for k in range(keys + 1)]
    shares[0] = 1 - np.sum(shares[1:], axis=0)
    return np.argmax(shares, axis=0).astype(np.uint8)


def _is_plausible(labels: np.ndarray, original: np.ndarray, keys: int) -> bool:
    """No label is lost, torn or grown or shrunk by more than 40 %, and the map is not the one it was made from."""
    for k in range(1, keys + 1):
        now, before = labels == k, original == k
        if before.any() and not 0.6 < now.sum() / before.sum() < 1.4:
            return False
        if ndimage.label(now)[1] > ndimage.label(before)[1]:
            return False
    return bool(((labels > 0) != (original > 0)).any())
