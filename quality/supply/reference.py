"""Folders for the generator and the gates: the project's pictures as people are shown them, and what is known of them.

The gates look at pictures as served, real and made alike (I2): the made ones go through the project's own pipeline here
exactly as an import takes them.
"""

import json
import math
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
from PIL import Image as Pillow

from quality.domain import masks
from quality.store.material import Labelled, RealPicture, labelled
from synth import manifest
from webapp.images import store
from webapp.images.geometry import Placement
from webapp.images.pipeline import render
from webapp.images.selectors import Look, origins_of
from webapp.images.services import common_path_of
from webapp.projects.models import Project

Beat = Callable[[str], None]
EVERY = 25  # pictures
MOST = 4  # times as many as are needed
AS_THEY_ARE = ["--factor", "1", "--noise", "0", "--quality", "100"]  # they went through the common path before


@dataclass(frozen=True)
class Split:
    """Real pictures by source, so that what made ones are chosen by never judges them. `judges`: all pictures of enough
    sources; `guides`: those of the others, for choosing."""

    judges: list[RealPicture]
    guides: list[RealPicture]


def split(pictures: Sequence[RealPicture], *, sources: int, least: int, rng: np.random.Generator) -> Split | None:
    """Whole sources at random, as few as judging needs (`sources` of them with `least` pictures in all); None where
    there are fewer."""
    order = rng.permutation(sorted({picture.source for picture in pictures})).tolist()
    counts = Counter(picture.source for picture in pictures)
    needed = max(sources, int(np.searchsorted(np.cumsum([counts[source] for source in order]), least)) + 1)
    if needed > len(order):
        return None
    judging = set(order[:needed])
    most = math.ceil(MOST * least / needed)
    return Split(
        _at_most([picture for picture in pictures if picture.source in judging], most),
        _at_most([picture for picture in pictures if picture.source not in judging], most),
    )


def _at_most(pictures: list[RealPicture], most: int) -> list[RealPicture]:
    """The first of each source: the judges' time grows with the pictures."""
    seen = Counter[str]()
    kept = []
    for picture in pictures:
        seen[picture.source] += 1
        if seen[picture.source] <= most:
            kept.append(picture)
    return kept


def write_pictures(folder: Path, pictures: Sequence[RealPicture], beat: Beat) -> None:
    """Served pictures as a pack of which nothing is asked: for attackers."""
    items = [
        manifest.Item(_copied(folder, picture, number, beat), {"kind": "class", "label": "real"}, group=picture.source)
        for number, picture in enumerate(pictures)
    ]
    _write(folder, "class", ["real"], items)


def write_labelled(folder: Path, project: Project, pictures: Sequence[RealPicture], beat: Beat) -> None:
    """Of these served pictures those of which something is known, as a pack; nothing where there is none."""
    by_id = {picture.image_id: (number, picture) for number, picture in enumerate(pictures)}
    fitting = (project.kind, "nothing") if project.kind != Project.Kind.CLASS else (project.kind,)
    items = []
    for entry in labelled(project, list(by_id)):
        if entry.answer["kind"] in fitting:
            number, picture = by_id[entry.image_id]
            name = _copied(folder, picture, number, beat)
            items.append(manifest.Item(name, entry.answer, group=picture.source, label=entry.label))
    if items:
        _write(folder, project.kind, list(project.labels.values_list("key", flat=True)), items)


def write_served(made: Path, folder: Path, project: Project, look: Look, beat: Beat) -> None:
    """A made pack as it will be served."""
    whole, path = manifest.read(made), common_path_of(project)
    items = []
    for number, item in enumerate(whole.items):
        with Pillow.open(manifest.picture_path(made, item.image)) as picture:
            pixels = np.asarray(picture.convert("RGB"))
        shown = render(pixels, path, size=look.size)
        placement = Placement((0, 0, pixels.shape[1], pixels.shape[0]), shown.width, shown.height)
        name = str(Path(item.image).with_suffix(".webp"))
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(shown.bytes)
        items.append(replace(item, image=name, answer=_served(item.answer, placement), known_region=None))
        if number % EVERY == 0:
            beat(f"{number} of {len(whole.items)} brought to their served form")
    manifest.write(folder, replace(whole, items=tuple(items)))


def _served(answer: dict[str, Any], placement: Placement) -> dict[str, Any]:
    if answer["kind"] != "mask":
        return answer
    return manifest.mask_answer(placement.map_to_served(masks.decode(answer["rle"])))


def write_scenes(folder: Path, project: Project, images: Sequence[UUID], known: Iterable[Labelled]) -> None:
    """Originals of these pictures with a label map each, for `insert`, and names.json: which value means which label.

    Pictures of volumes, of more than 8 bits, or of which no original is kept are left out.
    """
    keys = {key: number for number, key in enumerate(project.labels.values_list("key", flat=True), start=1)}
    origins = origins_of(images)
    maps: dict[UUID, np.ndarray] = {}
    for name in ("images", "labels"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for entry in known:
        origin = origins.get(entry.image_id)
        if origin is None or origin.volume_id is not None or origin.path is None or origin.path.suffix != ".png":
            continue
        if entry.image_id not in maps:
            maps[entry.image_id] = np.zeros((origin.size[1], origin.size[0]), np.uint8)
        if entry.answer["kind"] == "mask":
            shown = masks.decode(entry.answer["rle"])
            mask = origin.placement.map_to_original(shown, width=origin.size[0], height=origin.size[1])
            maps[entry.image_id][mask] = keys[entry.label or ""]
    for image, labels in maps.items():
        origin = origins[image]
        x1, y1, x2, y2 = origin.placement.crop
        with Pillow.open(origin.path or "") as picture:
            picture.convert("RGB").crop((x1, y1, x2, y2)).save(folder / "images" / f"{image}.png")
        Pillow.fromarray(labels[y1:y2, x1:x2]).save(folder / "labels" / f"{image}.png")
    (folder / "names.json").write_text(json.dumps({str(n): key for key, n in keys.items()}), "utf-8")


def _copied(folder: Path, picture: RealPicture, number: int, beat: Beat) -> str:
    name = f"images/{number:05d}.webp"
    (folder / "images").mkdir(parents=True, exist_ok=True)
    if not (folder / name).exists():
        shutil.copyfile(store.picture_path(picture.file), folder / name)
    if number % EVERY == 0:
        beat(f"{number} real pictures gathered")
    return name


def _write(folder: Path, kind: str, keys: list[str], items: list[manifest.Item]) -> None:
    labels = tuple(manifest.PackLabel(key, key) for key in keys)
    manifest.write(folder, manifest.Manifest(folder.name, kind, labels, tuple(items)))
