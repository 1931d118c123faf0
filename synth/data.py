"""Labelled pictures for training and comparing: `images/` + `labels.csv` (image,label[,group]), or a gold pack."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image as PillowImage

from synth import manifest


class DataError(ValueError):
    """Data that cannot be used; the message is one sentence saying what was expected and what came."""


@dataclass(frozen=True)
class Labelled:
    """`pixels` uint8[n, s, s, 3]; `labels` int64[n] into `keys`; `groups`, the slide or patient of each; `files`."""

    pixels: np.ndarray
    labels: np.ndarray
    keys: tuple[str, ...]
    groups: tuple[str, ...]
    files: tuple[Path, ...]

    def __len__(self) -> int:
        return len(self.labels)


def read_labelled(folder: Path, *, size: int | None = None) -> Labelled:
    """Read `folder` (labels.csv, or manifest.json of kind class).

    Pictures are brought to `size` px squares (the first picture's width where None); other shapes than squares are
    refused, since squeezing would bend the cells.
    """
    folder = Path(folder)
    rows = _pack_rows(folder) if (folder / "manifest.json").is_file() else _csv_rows(folder)
    if not rows:
        raise DataError(f"{folder} holds no labelled picture.")
    keys = tuple(sorted({label for _, label, _ in rows}))
    pictures = []
    for path, _, _ in rows:
        picture = _open(path)
        size = size or picture.width
        if picture.width != picture.height:
            raise DataError(f"{path.name} should be square; it is {picture.width} x {picture.height} px.")
        if picture.width != size:
            picture = picture.resize((size, size), PillowImage.Resampling.LANCZOS)
        pictures.append(np.asarray(picture))
    return Labelled(
        pixels=np.stack(pictures),
        labels=np.array([keys.index(label) for _, label, _ in rows]),
        keys=keys,
        groups=tuple(group for _, _, group in rows),
        files=tuple(path for path, _, _ in rows),
    )


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


def _pack_rows(folder: Path) -> list[tuple[Path, str, str]]:
    pack = manifest.read(folder)
    if pack.kind != "class":
        raise DataError(f"A pack of kind class is wanted here; {folder} is of kind {pack.kind}.")
    return [(manifest.picture_path(folder, item.image), item.answer["label"], item.group) for item in pack.items]


def _csv_rows(folder: Path) -> list[tuple[Path, str, str]]:
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
            rows.append((picture, row["label"] or "", row.get("group") or ""))
    return rows


def _open(path: Path) -> PillowImage.Image:
    try:
        with PillowImage.open(path) as picture:
            return picture.convert("RGB")
    except (OSError, ValueError, SyntaxError, PillowImage.DecompressionBombError) as error:
        raise DataError(f"{path.name} is not a picture that can be read.") from error
