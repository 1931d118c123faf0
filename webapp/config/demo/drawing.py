"""Draws the demonstration's pictures into folders that the importers read: PNG with CSV, NIfTI with label volumes.

Everything follows from `SEED`. A folder that is complete is never drawn again; an unfinished one is drawn anew.
"""

import csv
import json
import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import nibabel as nib
import numpy as np
from PIL import Image as PillowImage
from PIL import ImageDraw
from scipy import ndimage

from synth.phantoms import abdomen, cytology
from synth.phantoms.cells import KINDS
from synth.phantoms.stain import Slide

SEED = 2026
SLIDES, CROPS_PER_SLIDE = 24, 10
FIELD_SLIDES, FIELDS_PER_SLIDE = 10, 4
SCANS, SLICES = 4, 15
WANTED = ("macrophage", "eosinophil")  # the kinds that the box project asks for
COLOURS = {"liver": (0, 158, 115), "spleen": (204, 121, 167), "kidneys": (230, 159, 0)}

Rows = list[tuple[str, np.ndarray, list[list[object]]]]


def draw(folder: Path, say: Callable[[str], None]) -> None:
    """Fill `folder` with crops/, fields/, scans/ and exemplars/, two at a time where there are two cores."""
    jobs = {
        "crops": (draw_crops, "single cells"),
        "fields": (draw_fields, "fields of cells"),
        "scans": (draw_scans, "scans of the abdomen"),
        "exemplars": (draw_exemplars, "tutorial pictures"),
    }
    missing = {name: job for name, job in jobs.items() if not (folder / name).is_dir()}
    if not missing:
        return
    say(f"Drawing {', '.join(words for _, words in missing.values())} ...")
    workers = min(2, os.cpu_count() or 1)
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        # The longest first, so that both cores stay busy to the end.
        order = sorted(missing, key=["scans", "fields", "crops", "exemplars"].index)
        for future in [pool.submit(_whole, folder / name, missing[name][0]) for name in order]:
            future.result()


def _whole(folder: Path, make: Callable[[Path], None]) -> None:
    """Draw beside the place and move there at the end: what is there is complete."""
    scratch = folder.with_name(folder.name + ".part")
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    make(scratch)
    scratch.replace(folder)


def draw_crops(folder: Path) -> None:
    """Single cells, ten from each of 24 slides, in `images/` with `labels.csv` (image,label,group)."""
    rng = np.random.default_rng((SEED, 1))
    rows: Rows = []
    for number in range(SLIDES):
        slide = Slide.draw(rng, f"slide {number + 1:02d}")
        for index in range(CROPS_PER_SLIDE):
            kind = KINDS[(number * CROPS_PER_SLIDE + index) % len(KINDS)]
            name = f"slide{number + 1:02d}_cell{index + 1:02d}.png"
            rows.append((name, cytology.draw_crop(rng, slide, kind), [[kind.key, slide.name]]))
    _write(folder, ["image", "label", "group"], rows)


def draw_fields(folder: Path) -> None:
    """Fields with the boxes of the kinds asked for (image,label,x1,y1,x2,y2,group); a bare line: none of them there."""
    rng = np.random.default_rng((SEED, 2))
    rows: Rows = []
    for number in range(FIELD_SLIDES):
        slide = Slide.draw(rng, f"slide {number + 1:02d}")
        for index in range(FIELDS_PER_SLIDE):
            field = cytology.draw_field(rng, slide)
            boxes: list[list[object]] = [[c.kind, *c.box, slide.name] for c in field.cells if c.kind in WANTED]
            name = f"slide{number + 1:02d}_field{index + 1}.png"
            rows.append((name, field.pixels, boxes or [["", "", "", "", "", slide.name]]))
    _write(folder, ["image", "label", "x1", "y1", "x2", "y2", "group"], rows)


def _write(folder: Path, header: list[str], rows: Rows) -> None:
    (folder / "images").mkdir()
    with (folder / "labels.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        for name, pixels, entries in rows:
            PillowImage.fromarray(pixels).save(folder / "images" / name)
            writer.writerows([name, *entry] for entry in entries)


def draw_scans(folder: Path) -> None:
    """CT-like volumes `images/person1.nii.gz` (Hounsfield units, int16) and `labels/person1.nii.gz`."""
    (folder / "images").mkdir()
    (folder / "labels").mkdir()
    (folder / "labels.json").write_text(json.dumps(abdomen.LABELS), "utf-8")
    for number in range(SCANS):
        scan = abdomen.draw_scan(np.random.default_rng((SEED, 3, number)), slices=SLICES)
        name = f"person{number + 1}.nii.gz"
        nib.save(nib.Nifti1Image(np.rint(scan.hu).astype(np.int16), scan.affine), folder / "images" / name)
        nib.save(nib.Nifti1Image(scan.labels, scan.affine), folder / "labels" / name)


def draw_exemplars(folder: Path) -> None:
    """Pictures for the tutorials, from slides and people that appear nowhere else."""
    rng = np.random.default_rng((SEED, 4))
    slide = Slide.draw(rng, "tutorial")
    for kind in KINDS:
        PillowImage.fromarray(cytology.draw_crop(rng, slide, kind)).save(folder / f"cell_{kind.key}.png")
    mistaken = cytology.draw_crop(np.random.default_rng((SEED, 6)), slide, cytology.BY_KEY["eosinophil"])
    PillowImage.fromarray(mistaken).save(folder / "cell_mistaken.png")
    field = cytology.draw_field(rng, slide, count=18)
    for name, kinds in (("good", WANTED), ("bad", tuple(k.key for k in KINDS))):
        grow = 1 if name == "good" else 7
        boxes = [cell.box for cell in field.cells if cell.kind in kinds]
        _boxed(field.pixels, boxes, grow).save(folder / f"field_{name}.png")
    scan = abdomen.draw_scan(np.random.default_rng((SEED, 5)), slices=3, thickness=38.0)
    for value, key in abdomen.LABELS.items():
        place = int(np.argmax((scan.labels == value).sum(axis=(0, 1))))
        grey, mask = (_displayed(a[..., place]) for a in (abdomen.window(scan.hu), scan.labels == value))
        _outlined(grey, mask, COLOURS[key]).save(folder / f"organ_{key}.png")
        if key == "spleen":
            spilt = ndimage.shift(ndimage.binary_dilation(mask, iterations=7), (-9, -7), order=0)
            _outlined(grey, spilt, COLOURS[key]).save(folder / "organ_bad.png")


def _displayed(plane: np.ndarray) -> np.ndarray:
    """An axial plane [x, y] in RAS as radiologists see it: the patient's right on the left, the front on top."""
    return np.ascontiguousarray(plane[::-1, ::-1].T)


def _boxed(pixels: np.ndarray, boxes: list[tuple[float, float, float, float]], grow: float) -> PillowImage.Image:
    picture = PillowImage.fromarray(pixels)
    pen = ImageDraw.Draw(picture)
    for x1, y1, x2, y2 in boxes:
        pen.rectangle((x1 - grow, y1 - grow, x2 + grow, y2 + grow), outline=(0, 114, 178), width=3)
    return picture


def _outlined(grey: np.ndarray, mask: np.ndarray, colour: tuple[int, int, int]) -> PillowImage.Image:
    """The slice with a coloured outline just outside `mask`, and a breath of colour within."""
    rgb = np.repeat(grey[..., None], 3, axis=2).astype(np.float32)
    rgb[mask] = 0.78 * rgb[mask] + 0.22 * np.array(colour)
    for y, x in _rim(mask):
        rgb[y, x] = colour
    return PillowImage.fromarray(rgb.astype(np.uint8))


def _rim(mask: np.ndarray) -> Iterator[tuple[int, int]]:
    around = np.zeros_like(mask)
    for axis in (0, 1):
        for step in (-1, 1):
            around |= np.roll(mask, step, axis)
    yield from zip(*np.nonzero(around & ~mask), strict=True)
