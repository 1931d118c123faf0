"""Which picture a label file of its own belongs to, by names alone: the one of its stem that lies nearest."""

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import PurePosixPath

FIRST_CHANNEL = "_0000"  # nnU-Net: `la_0000.nii.gz` is the picture, `la.nii.gz` its labels


def stem_of(name: str) -> str:
    """The file name without folder and ending; both parts of `.nii.gz` go."""
    base = PurePosixPath(name).name
    lower = base.lower()
    for ending in (".nii.gz", ".hdr.gz", ".img.gz"):
        if lower.endswith(ending):
            return base[: -len(ending)]
    stem, dot, ending = base.rpartition(".")
    return stem if dot and stem and len(ending) <= 5 else base


def place_of(name: str) -> str:
    """The relative name without its ending."""
    return str(PurePosixPath(name).parent / stem_of(name))


def pairs(
    label_files: Mapping[str, str], pictures: Iterable[str], refuse: Callable[[str, str], None]
) -> dict[str, str]:
    """Label file -> what to keep its labels under, so that each picture finds its own and no other's.

    `label_files`: name -> the stem that its picture has. Where one file and one folder of pictures bear a stem, the
    stem will do; else the place of the nearest picture (`p1/labels/a.png` labels `p1/images/a.png`). Label files
    are refused, and not among the result, where several folders are as near or the picture has a nearer file.
    """
    kept: dict[str, str] = {}
    by_stem: dict[str, set[str]] = {}
    for name in pictures:
        by_stem.setdefault(stem_of(name), set()).add(place_of(name))
    files: dict[str, list[str]] = {}
    for name, stem in label_files.items():
        files.setdefault(stem, []).append(name)
    for stem, names in files.items():
        places = sorted(by_stem.get(stem) or by_stem.get(stem + FIRST_CHANNEL) or ())
        if len(names) == 1 and (not places or (len(places) == 1 and stem in by_stem)):
            kept[names[0]] = stem
        elif places:
            kept |= _nearest(names, places, refuse)
        else:  # of no picture; each is told of by its own name
            kept |= {name: place_of(name) for name in names}
    return kept


def _nearest(names: list[str], places: list[str], refuse: Callable[[str, str], None]) -> dict[str, str]:
    taken: dict[str, str] = {}
    kept = {}
    for name in sorted(names, key=lambda name: (-max(nearness(name, place) for place in places), name)):
        best = max(nearness(name, place) for place in places)
        nearest = [place for place in places if nearness(name, place) == best]
        if len(nearest) > 1:
            refuse(name, f"Expected one picture of its name that lies nearest; {nearest[0]!r} and {nearest[1]!r} do.")
        elif nearest[0] in taken:
            refuse(name, f"Expected one label file for {nearest[0]!r}; {taken[nearest[0]]!r} is one already.")
        else:
            taken[nearest[0]] = name
            kept[name] = nearest[0]
    return kept


def in_order(name: str) -> list[tuple[int, int, str]]:
    """To sort names as people count: `s2` before `s10`."""
    parts = re.findall(r"\d+|\D+", name.lower())
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts]


def nearness(one: str, other: str) -> int:
    """How many folders two relative names share, from the top down and from the file up."""
    mine, theirs = PurePosixPath(one).parts[:-1], PurePosixPath(other).parts[:-1]
    above = _alike(mine, theirs)
    return above + _alike(mine[above:][::-1], theirs[above:][::-1])


def _alike(mine: tuple[str, ...], theirs: tuple[str, ...]) -> int:
    for number, (a, b) in enumerate(zip(mine, theirs, strict=False)):
        if a != b:
            return number
    return min(len(mine), len(theirs))
