"""Labelled pictures for training and comparing: `images/` + `labels.csv` (image,label[,group]), a gold pack, or tiles
cut round the objects of scenes (`images/` + `labels/`)."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image as PillowImage

from synth import manifest
from synth.errors import DataError
from synth.scenes import Scene, box_of, empty_tiles, is_scenes, read_picture, read_scenes, squared, tile

NOTHING = "nothing"  # the class of pictures that show no object

__all__ = ["NOTHING", "DataError", "Labelled", "read_labelled", "write_labelled"]


@dataclass(frozen=True)
class Squares:
    """What of scenes is looked at: squares of `crop` px round objects, or where None the whole scene, padded to a
    square; brought to `size` px."""

    size: int
    crop: int | None


@dataclass(frozen=True)
class Labelled:
    """`pixels` uint8[n, s, s, 3]; `labels` int64[n] into `keys`; `groups`, the slide or patient of each; `files`;
    `masks` bool[n, s, s], where the label is, if outlines are known; `labels_from`: see `manifest.Manifest`."""

    pixels: np.ndarray
    labels: np.ndarray
    keys: tuple[str, ...]
    groups: tuple[str, ...]
    files: tuple[Path, ...]
    masks: np.ndarray | None = None
    labels_from: dict[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.labels)

    def about(self) -> dict[str, Any]:
        """For a model card."""
        counts = np.bincount(self.labels, minlength=len(self.keys)).tolist()
        return {
            "pictures": len(self),
            "groups": len(set(self.groups)),
            "classes": dict(zip(self.keys, counts, strict=True)),
            **({"labels_from": self.labels_from} if self.labels_from else {}),
        }

    def part(self, rows: np.ndarray) -> "Labelled":
        """Those rows (int64[k] or bool[n])."""
        numbers = np.arange(len(self))[rows]
        return replace(
            self,
            pixels=self.pixels[numbers],
            labels=self.labels[numbers],
            groups=tuple(self.groups[i] for i in numbers),
            files=tuple(self.files[i] for i in numbers),
            masks=None if self.masks is None else self.masks[numbers],
        )


def read_labelled(
    folder: Path,
    *,
    size: int | None = None,
    names: dict[str, str] | None = None,
    most: int = 2000,
    with_nothing: bool = False,
    cut: Squares | None = None,
) -> Labelled:
    """Read `folder` (labels.csv, manifest.json, or scenes).

    Pictures are brought to `size` px squares (the first picture's width where None); other shapes than squares are
    refused, since squeezing would bend the cells. Of scenes, `size` px tiles round at most `most` objects are cut or,
    if given, `cut`; `names`: see `read_scenes`; `with_nothing`: as many tiles that show no object too, where there
    are such.
    """
    folder = Path(folder)
    labels_from: dict[str, int] = {}
    if (folder / "manifest.json").is_file():
        pack = manifest.read(folder)
        rows, labels_from = _pack_rows(folder, pack), pack.labels_from
    elif is_scenes(folder):
        tiles = None if size is None else Squares(size, size)
        return _tiles(folder, cut or tiles, names, most, with_nothing)
    else:
        rows = _csv_rows(folder)
    if not rows:
        raise DataError(f"{folder} holds no labelled picture.")
    keys = tuple(sorted({row.label for row in rows}))
    pixels = squares(((row.path.name, read_picture(row.path)) for row in rows), size)
    return Labelled(
        pixels=pixels,
        labels=np.array([keys.index(row.label) for row in rows]),
        keys=keys,
        groups=tuple(row.group for row in rows),
        files=tuple(row.path for row in rows),
        masks=_masks(rows, pixels.shape[1]),
        labels_from=labels_from,
    )


def squares(pictures: Iterable[tuple[str, np.ndarray]], size: int | None) -> np.ndarray:
    """uint8[n, s, s, 3] of (name, uint8[h, w, 3]), all brought to `size` px (the first one's width where None)."""
    done = []
    for name, pixels in pictures:
        height, width = pixels.shape[:2]
        size = size or width
        if width != height:
            raise DataError(f"{name} should be square; it is {width} x {height} px.")
        if width != size:
            picture = PillowImage.fromarray(pixels).resize((size, size), PillowImage.Resampling.LANCZOS)
            pixels = np.asarray(picture)
        done.append(pixels)
    return np.stack(done)


def write_labelled(folder: Path, pictures: Iterable[tuple[np.ndarray, str, str]]) -> None:
    """Write (uint8[h, w, 3], label, group) as `images/00001.png` ... and `labels.csv`."""
    (folder / "images").mkdir(parents=True, exist_ok=True)
    with (folder / "labels.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["image", "label", "group"])
        for number, (pixels, label, group) in enumerate(pictures, start=1):
            name = f"{number:05d}.png"
            PillowImage.fromarray(pixels).save(folder / "images" / name)
            writer.writerow([name, label, group])


@dataclass(frozen=True)
class _Row:
    path: Path
    label: str
    group: str
    answer: dict[str, Any] | None = None


def _pack_rows(folder: Path, pack: manifest.Manifest) -> list[_Row]:
    return [
        _Row(manifest.picture_path(folder, item.image), _shown(pack.kind, item), item.group, item.answer)
        for item in pack.items
    ]


def _shown(kind: str, item: manifest.Item) -> str:
    """The class of an item's picture: what it shows, or what is asked of it; NOTHING where that is not there."""
    if item.answer["kind"] == NOTHING:
        return NOTHING
    if kind == "mask":
        return item.label or ""
    boxes = item.answer.get("boxes")
    return str(boxes[-1][4] if boxes else item.answer["label"])


def _masks(rows: list[_Row], size: int) -> np.ndarray | None:
    """Outlines at `size` px; None where any row has none."""
    answers = [row.answer for row in rows]
    if any(answer is None or answer["kind"] not in ("mask", "nothing") for answer in answers):
        return None
    sizes = {tuple(answer["rle"]["size"]) for answer in answers if answer and answer["kind"] == "mask"}
    if sizes - {(size, size)}:
        return None
    return np.stack([manifest.answer_mask(answer, (size, size)) for answer in answers if answer])


def _tiles(folder: Path, cut: Squares | None, names: dict[str, str] | None, most: int, with_nothing: bool) -> Labelled:
    """Squares round objects drawn at random, the same ones each time, and such as show none; of whole scenes, each
    once for every label that it shows."""
    if cut is None:
        raise DataError(f"{folder} holds whole scenes; the size of the tiles to cut from them must be given.")
    least = cut.crop or 1
    scenes = [scene for scene in read_scenes(folder, names=names) if min(scene.objects.shape) >= least]
    objects = [(scene, number) for scene in scenes for number in _looked_at(scene, cut)]
    if not objects:
        raise DataError(f"{folder} holds no labelled object in a picture of at least {least} px.")
    rng = np.random.default_rng(0)
    drawn = rng.permutation(len(objects))[:most]
    chosen = [
        (scene, scene.kinds[number], _place(scene, number, cut))
        for scene, number in (objects[i] for i in np.sort(drawn))
    ]
    if with_nothing and cut.crop is not None:
        chosen += [(scene, NOTHING, place) for scene, place in empty_tiles(scenes, cut.crop, len(chosen), rng)]
    keys = tuple(sorted({label for _, label, _ in chosen}))
    seen = [
        squared(scene.pixels[place], scene.mask(label)[place].astype(np.uint8), cut.size)
        for scene, label, place in chosen
    ]
    return Labelled(
        pixels=np.stack([pixels for pixels, _ in seen]),
        labels=np.array([keys.index(label) for _, label, _ in chosen]),
        keys=keys,
        groups=tuple(scene.group for scene, _, _ in chosen),
        files=tuple(folder / "images" / scene.name for scene, _, _ in chosen),
        masks=np.stack([mask > 0 for _, mask in seen]),
    )


def _looked_at(scene: Scene, cut: Squares) -> list[int]:
    """The objects that squares are cut for."""
    if cut.crop is not None:
        return list(scene.kinds)
    return list({key: number for number, key in reversed(scene.kinds.items())}.values())


def _place(scene: Scene, number: int, cut: Squares) -> tuple[slice, slice]:
    if cut.crop is None:
        return slice(None), slice(None)
    return tile(box_of(scene.objects == number), scene.objects.shape, cut.crop)


def _csv_rows(folder: Path) -> list[_Row]:
    path = folder / "labels.csv"
    if not path.is_file():
        raise DataError(f"{folder} needs images/ and labels.csv (image,label), or a gold pack's manifest.json.")
    rows = []
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        if not {"image", "label"} <= set(reader.fieldnames or ()):
            raise DataError(f"labels.csv needs the columns image and label; it has {reader.fieldnames}.")
        for row in reader:
            picture = folder / "images" / (row["image"] or "")
            if not picture.is_file():
                picture = folder / (row["image"] or "")
            if not picture.is_file():
                raise DataError(f"labels.csv names {row['image']!r}, which is not in {folder / 'images'}.")
            rows.append(_Row(picture, row["label"] or "", row.get("group") or ""))
    return rows
