"""A gold pack: a folder of pictures whose answers are known, with `manifest.json` saying what and how it was made.

    pack/
      manifest.json          {"format": "goldvein-gold-pack", "version": 1, "name", "kind": class|box|mask,
                              "labels": [{"key", "name"}], "generator": {...}, "labels_from": {...}, "items": [...]}
      images/0001.png        an item: {"image": "images/0001.png", "group", "answer": {...}, "label": KEY (mask kind),
      labels/0001_liver.png   "mask": "labels/0001_liver.png" (in place of a mask answer), "known_region", "origin",
      gates.json              "provenance"}; reports of the gates that the pack went through, if any

Answers are in pixels of the item's picture: origin top left, x right, y down; boxes are half-open edges.
Whatever comes from outside is distrusted: every reader here raises `PackError` with one sentence, and no path may
leave the pack.
"""

import json
import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from PIL import Image as PillowImage
from pycocotools import mask as coco

FORMAT = "goldvein-gold-pack"
VERSION = 1
KINDS = ("class", "box", "mask")
ORIGINS = ("synthetic", "expert")
MAX_ITEMS = 100_000
MAX_MANIFEST_BYTES = 256 * 2**20
MAX_SIDE = 8192


class PackError(ValueError):
    """A gold pack that cannot be taken; the message is one sentence saying what was expected and what came."""


@dataclass(frozen=True)
class PackLabel:
    key: str
    name: str


@dataclass(frozen=True)
class Item:
    """One picture and its known answer. `image` is relative to the pack; `label` is the one asked for (mask kind)."""

    image: str
    answer: dict[str, Any]
    group: str = ""
    label: str | None = None
    known_region: dict[str, Any] | None = None
    origin: str = "synthetic"
    provenance: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Manifest:
    """`labels_from`: whose labels taught what made the pack, and how many of each (crowd, revised, expert), where they
    came from the site; empty where they lay beside the pictures."""

    name: str
    kind: str
    labels: tuple[PackLabel, ...]
    items: tuple[Item, ...]
    generator: dict[str, Any] = field(default_factory=dict)
    labels_from: dict[str, int] = field(default_factory=dict)

    @property
    def is_from_crowd(self) -> bool:
        """What made it learnt from labels that the crowd gave: its answers are not known, and it never becomes gold."""
        return self.labels_from.get("crowd", 0) > 0

    def to_json(self) -> dict[str, Any]:
        labels, items = ([asdict(entry) for entry in part] for part in (self.labels, self.items))
        return {"format": FORMAT, "version": VERSION, **asdict(self), "labels": labels, "items": items}


# -- reading ----------------------------------------------------------------------------------------------------------


def read(pack: Path) -> Manifest:
    """Read and check `pack`/manifest.json and the pictures it names (headers only; masks in full)."""
    path = Path(pack) / "manifest.json"
    if not path.is_file():
        raise PackError(f"A gold pack is a folder with manifest.json; {pack} has none.")
    if path.stat().st_size > MAX_MANIFEST_BYTES:
        raise PackError(
            f"manifest.json may hold {MAX_MANIFEST_BYTES // 2**20} MB; it holds {path.stat().st_size} bytes."
        )
    try:
        body = json.loads(path.read_text("utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise PackError(f"manifest.json is not JSON: {error}.") from error
    return parse(body, Path(pack))


def parse(body: object, pack: Path) -> Manifest:
    """The manifest in `body`, checked against the files under `pack`."""
    if not isinstance(body, dict) or body.get("format") != FORMAT:
        raise PackError(f'manifest.json needs "format": "{FORMAT}".')
    if body.get("version") != VERSION:
        raise PackError(f"This reads gold packs of version {VERSION}; this one says {body.get('version')!r}.")
    kind = body.get("kind")
    if kind not in KINDS:
        raise PackError(f"kind must be one of {', '.join(KINDS)}; it is {kind!r}.")
    labels = _labels(body.get("labels"))
    items = body.get("items")
    if not isinstance(items, list) or not 1 <= len(items) <= MAX_ITEMS:
        raise PackError(f"items must be a list of 1 to {MAX_ITEMS} entries.")
    keys = {label.key for label in labels}
    parsed = tuple(_item(raw, number, kind, keys, pack) for number, raw in enumerate(items))
    seen: set[tuple[str, str | None]] = set()
    for number, item in enumerate(parsed):
        if (item.image, item.label) in seen:
            raise PackError(f"Item {number} names {item.image} a second time for the same question.")
        seen.add((item.image, item.label))
    return Manifest(
        name=_text(body.get("name"), "name", 200),
        kind=kind,
        labels=labels,
        items=parsed,
        generator=_object(body.get("generator", {}), "generator"),
        labels_from=_counts(body.get("labels_from", {}), "labels_from"),
    )


def picture_path(pack: Path, relative: str) -> Path:
    """The file that an item names, or `PackError` if the name leaves the pack or is no plain file."""
    pure = PurePosixPath(relative)
    if not relative or pure.is_absolute() or ".." in pure.parts or "\\" in relative or "\0" in relative:
        raise PackError(f"{relative!r} is not a path inside the pack.")
    path = Path(pack) / pure
    if not path.resolve().is_relative_to(Path(pack).resolve()):
        raise PackError(f"{relative!r} leads out of the pack.")
    if not path.is_file():
        raise PackError(f"{relative} is named by the manifest but is not in the pack.")
    return path


def read_gates(pack: Path) -> dict[str, Any]:
    """Reports of the gates (`gates.json`), empty where the pack has none."""
    path = Path(pack) / "gates.json"
    if not path.is_file():
        return {}
    try:
        return _object(json.loads(path.read_text("utf-8")), "gates.json")
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise PackError(f"gates.json is not JSON: {error}.") from error


# -- writing ----------------------------------------------------------------------------------------------------------


def write(pack: Path, manifest: Manifest) -> None:
    """Write manifest.json; the pictures must lie there already. What was written reads back, or `PackError`."""
    parse(manifest.to_json(), Path(pack))
    path = Path(pack) / "manifest.json"
    scratch = path.with_suffix(".part")
    scratch.write_text(json.dumps(manifest.to_json(), indent=1), "utf-8")
    scratch.replace(path)


def write_picture(pack: Path, relative: str, pixels: np.ndarray) -> str:
    """Save uint8[h, w] or uint8[h, w, 3] as PNG under the pack; returns `relative` for the item."""
    path = Path(pack) / relative
    path.parent.mkdir(parents=True, exist_ok=True)
    PillowImage.fromarray(pixels).save(path, optimize=True)
    return relative


def mask_answer(mask: np.ndarray) -> dict[str, Any]:
    """The answer for bool[h, w]: a COCO compressed run-length mask, or "nothing" where it is empty."""
    if not mask.any():
        return {"kind": "nothing"}
    rle = coco.encode(np.asfortranarray(mask, dtype=np.uint8))
    return {"kind": "mask", "rle": {"size": [int(n) for n in rle["size"]], "counts": rle["counts"].decode("ascii")}}


def answer_mask(answer: dict[str, Any], size: tuple[int, int]) -> np.ndarray:
    """bool[h, w] of a mask answer (or of "nothing") that `parse` has let through."""
    if answer["kind"] == "nothing":
        return np.zeros(size, dtype=bool)
    return coco.decode(answer["rle"]).astype(bool)


# -- parts ------------------------------------------------------------------------------------------------------------


def _text(value: object, what: str, limit: int, *, empty: bool = False) -> str:
    if not isinstance(value, str) or len(value) > limit or (not value and not empty):
        raise PackError(f"{what} must be text of 1 to {limit} characters; it is {str(value)[:40]!r}.")
    return value


def _object(value: object, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise PackError(f"{what} must be a JSON object; it is {type(value).__name__}.")
    return value


def _counts(value: object, what: str) -> dict[str, int]:
    counts = _object(value, what)
    if not all(type(count) is int and count >= 0 for count in counts.values()):
        raise PackError(f"{what} must say how many there are of each; it is {str(value)[:60]}.")
    return counts


def _labels(value: object) -> tuple[PackLabel, ...]:
    if not isinstance(value, list) or not value:
        raise PackError('labels must be a list like [{"key": "liver", "name": "Liver"}].')
    labels = []
    for raw in value:
        entry = _object(raw, "A label")
        key = _text(entry.get("key"), "A label's key", 40)
        labels.append(PackLabel(key, _text(entry.get("name", key), "A label's name", 80)))
    if len({label.key for label in labels}) != len(labels):
        raise PackError("Two labels of the pack have the same key.")
    return tuple(labels)


def _item(raw: object, number: int, kind: str, keys: set[str], pack: Path) -> Item:
    try:
        return _checked_item(_object(raw, "An item"), kind, keys, pack)
    except PackError as error:
        raise PackError(f"Item {number}: {error}") from error


def _checked_item(raw: dict[str, Any], kind: str, keys: set[str], pack: Path) -> Item:
    image = _text(raw.get("image"), "image", 300)
    size = _picture_size(picture_path(pack, image), image)
    label = raw.get("label")
    if kind == "mask" and label not in keys:
        raise PackError(f"label must be one of the pack's labels; it is {label!r}.")
    if kind != "mask" and label is not None:
        raise PackError("label belongs to mask packs only.")
    origin = raw.get("origin", "synthetic")
    if origin not in ORIGINS:
        raise PackError(f"origin must be synthetic or expert; it is {origin!r}.")
    if kind == "mask" and raw.get("mask") is not None:
        answer = mask_answer(_mask_file(pack, _text(raw["mask"], "mask", 300), size))
    else:
        answer = check_answer(raw.get("answer"), kind, keys, size)
    region = raw.get("known_region")
    return Item(
        image=image,
        answer=answer,
        group=_text(raw.get("group", ""), "group", 200, empty=True),
        label=label,
        known_region=None if region is None else _region(region, size),
        origin=origin,
        provenance=_object(raw.get("provenance", {}), "provenance"),
    )


def _picture_size(path: Path, relative: str) -> tuple[int, int]:
    """(height, width) from the header."""
    try:
        with PillowImage.open(path) as picture:
            width, height = picture.size
    except (OSError, ValueError, SyntaxError, PillowImage.DecompressionBombError) as error:
        raise PackError(f"{relative} is not a picture that can be read.") from error
    if max(width, height) > MAX_SIDE:
        raise PackError(f"{relative} is {width} x {height} px; a side may have {MAX_SIDE}.")
    return height, width


def _mask_file(pack: Path, relative: str, size: tuple[int, int]) -> np.ndarray:
    path = picture_path(pack, relative)
    if _picture_size(path, relative) != size:
        raise PackError(f"{relative} and its picture differ in size.")
    try:
        with PillowImage.open(path) as picture:
            return np.asarray(picture.convert("L")) > 0
    except (OSError, ValueError, SyntaxError) as error:
        raise PackError(f"{relative} cannot be decoded.") from error


def check_answer(value: object, kind: str, keys: set[str], size: tuple[int, int]) -> dict[str, Any]:
    """The answer of that kind in `value`, for a picture of `size` (h, w), or `PackError`."""
    answer = _object(value, "answer")
    given = answer.get("kind")
    if given == "nothing" and kind != "class":
        return {"kind": "nothing"}
    if given != kind:
        raise PackError(f"the answer should be of kind {kind}; it is {given!r}.")
    if kind == "class":
        if answer.get("label") not in keys:
            raise PackError(f"the answer's label must be one of the pack's; it is {answer.get('label')!r}.")
        return {"kind": "class", "label": answer["label"]}
    if kind == "box":
        return {"kind": "box", "boxes": [_box(raw, size, keys) for raw in _rows(answer.get("boxes"), "boxes")]}
    return {"kind": "mask", "rle": _rle(answer.get("rle"), size)}


def _rows(value: object, what: str) -> list[Any]:
    if not isinstance(value, list) or not value:
        raise PackError(f'{what} must be a list with at least one box (an empty picture is {{"kind": "nothing"}}).')
    return value


def _box(raw: object, size: tuple[int, int], keys: set[str] | None) -> list[Any]:
    """[x1, y1, x2, y2] or, with `keys`, [x1, y1, x2, y2, key]; half a pixel over the edge is forgiven."""
    wanted = 4 if keys is None else 5
    if not isinstance(raw, list) or len(raw) != wanted:
        raise PackError(f"a box has {wanted} entries; this one is {str(raw)[:60]}.")
    numbers = raw[:4]
    if not all(isinstance(n, int | float) and not isinstance(n, bool) and math.isfinite(n) for n in numbers):
        raise PackError(f"a box needs four finite numbers; this one is {str(raw)[:60]}.")
    x1, y1, x2, y2 = (float(n) for n in numbers)
    height, width = size
    if x1 < -0.5 or y1 < -0.5 or x2 > width + 0.5 or y2 > height + 0.5 or x2 <= x1 or y2 <= y1:
        raise PackError(f"box {numbers} does not lie inside the picture of {width} x {height} px.")
    edges: list[Any] = [max(x1, 0.0), max(y1, 0.0), min(x2, float(width)), min(y2, float(height))]
    if keys is None:
        return edges
    if raw[4] not in keys:
        raise PackError(f"a box's label must be one of the pack's; it is {raw[4]!r}.")
    return [*edges, raw[4]]


def _region(value: object, size: tuple[int, int]) -> dict[str, Any]:
    boxes = _rows(_object(value, "known_region").get("boxes"), "known_region.boxes")
    return {"boxes": [_box(raw, size, None) for raw in boxes]}


def _rle(value: object, size: tuple[int, int]) -> dict[str, Any]:
    """A checked run-length mask: its runs are summed here, before the C code of pycocotools ever sees them."""
    rle = _object(value, "rle")
    if rle.get("size") != list(size):
        raise PackError(f"rle.size must be the picture's {list(size)}; it is {str(rle.get('size'))[:40]}.")
    counts = _text(rle.get("counts"), "rle.counts", 16 * 2**20)
    runs = list(_runs(counts))
    if min(runs) < 0 or sum(runs) != size[0] * size[1]:
        raise PackError("rle.counts do not add up to the picture's pixels.")
    if sum(runs[1::2]) == 0:
        raise PackError('an empty mask is said by {"kind": "nothing"}.')
    return {"size": list(size), "counts": counts}


def _runs(counts: str) -> Iterable[int]:
    """COCO's compressed runs: 5 bits a character from '0' on, bit 6 = more follows; from the third, differences."""
    previous: list[int] = []
    value = shift = 0
    for character in counts:
        code = ord(character) - 48
        if not 0 <= code < 64 or shift > 30:
            raise PackError("rle.counts hold characters that no run-length mask has.")
        value |= (code & 0x1F) << shift
        shift += 5
        if code & 0x20:
            continue
        if code & 0x10:
            value -= 1 << shift
        if len(previous) >= 2 + 1:
            value += previous[-2]
        previous.append(value)
        yield value
        value = shift = 0
    if shift:
        raise PackError("rle.counts end in the middle of a run.")
