"""Label maps that no name tells: a volume or picture that is plainly a label map beside one of the very same grid.

`liver_ds2.nii.gz` beside `ct_ds2.nii.gz`, `segmentation-3.nii` beside `volume-3.nii`, `BraTS_1_seg.nii.gz` beside four
modalities, `train-labels.tif` beside `train-volume.tif`. Taken as a picture it would show people the answer.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from webapp.images.importers import naming
from webapp.images.importers.assigning import VOLUME_ENDINGS, Assigned, Known
from webapp.images.importers.pairing import place_of, stem_of
from webapp.images.sandbox.client import Sandbox
from webapp.images.sandbox.limits import BadFile

Refuse = Callable[[str, str], None]


def find(
    names: Sequence[str],
    files: Mapping[str, Path],
    *,
    series: bool,
    taken: Mapping[str, str],
    known: Known,
    sandbox: Sandbox,
    refuse: Refuse,
) -> tuple[list[Assigned], set[str]]:
    """Among files that may be label maps: what each is about, and those that are no pictures.

    `series`: whether there are DICOM files; `taken`: place of a picture -> the label file that it has already. What is
    a label map but nobody can tell of which picture, or of which label, is refused.
    """
    folders: dict[str, list[str]] = defaultdict(list)
    for name in names:
        folders[name.rpartition("/")[0]].append(name)
    found: list[Assigned] = []
    no_pictures: set[str] = set()
    for folder in folders.values():
        for alike in _of_one_grid(folder, files, sandbox):
            flat = [name for name in alike if _is_flat(name, files, sandbox)]
            pictures = [name for name in alike if name not in flat]
            if pictures and flat:
                no_pictures.update(flat)
                found += _paired(flat, pictures, taken, known, refuse)
    for name in _called_labels(names, no_pictures):
        # Of no volume here: of a DICOM series, or of one that is missing. Either way it is no picture.
        if (series or len(folders[name.rpartition("/")[0]]) > 1) and _is_flat(name, files, sandbox):
            no_pictures.add(name)
            word = known.named(stem_of(name))
            found.append(Assigned(name, place_of(name), word if known.knows(word) else ""))
    return found, no_pictures


def _called_labels(names: Iterable[str], but: Collection[str]) -> list[str]:
    """Volumes whose name has a word for labels."""
    volumes = [name for name in names if name not in but and name.lower().endswith(VOLUME_ENDINGS)]
    return [name for name in volumes if naming.has_label_word(stem_of(name))]


def _of_one_grid(folder: list[str], files: Mapping[str, Path], sandbox: Sandbox) -> list[list[str]]:
    grids: dict[tuple[Any, ...], list[str]] = defaultdict(list)
    possible = set()
    for name in folder if len(folder) > 1 else ():
        try:
            looks = sandbox.call("grid", path=str(files[name]))
        except BadFile:
            continue  # told when it is opened as a picture
        grids[tuple(looks["grid"])].append(name)
        if looks["may_be_labels"]:
            possible.add(name)
    sandbox.clear()
    return [alike for alike in grids.values() if len(alike) > 1 and possible & set(alike)]


def _is_flat(name: str, files: Mapping[str, Path], sandbox: Sandbox) -> bool:
    try:
        return bool(sandbox.call("flat", path=str(files[name]))["flat"])
    except BadFile:
        return False
    finally:
        sandbox.clear()


def _paired(
    flat: list[str], pictures: list[str], taken: Mapping[str, str], known: Known, refuse: Refuse
) -> list[Assigned]:
    """Label maps of one folder and grid with the pictures there."""
    found: list[Assigned] = []
    by_values: dict[str, list[Assigned]] = defaultdict(list)
    for name in flat:
        named = naming.has_label_word(stem_of(name))
        own = _nearest(name, pictures, named)
        if not own:
            refuse(name, f"{_IS} of which picture its name does not tell: {_how(pictures[0])}")
            continue
        label = _label(name, own[0], known)
        if label and (known.knows(label) or known.may_add):
            found += [Assigned(name, place_of(picture), label) for picture in own]
        elif label and not named and not known.one:
            refuse(name, f"{_IS} and {label!r} is no label of the project: {_how(own[0])}")
        else:
            for picture in own:
                by_values[place_of(picture)].append(Assigned(name, place_of(picture)))
    for place, parts in by_values.items():
        found += _one_of(parts, taken.get(place, ""), refuse)
    return found


_IS = "Expected a picture; this is a label map by its values,"


def _how(picture: str) -> str:
    stem = stem_of(picture)
    return f"call the one that counts '{stem}_label', or each '{stem}_' and its label."


def _nearest(name: str, pictures: list[str], named: bool) -> list[str]:
    """The pictures that share most of its name; several only where it names the patient and each bears that name."""
    own = set(naming.without_label_words(stem_of(name)))
    shared = {picture: own & set(naming.tokens_of(stem_of(picture))) for picture in pictures}
    most = max(len(tokens) for tokens in shared.values())
    best = [picture for picture in pictures if len(shared[picture]) == most]
    if len(best) == 1 and (most or len(pictures) == 1):
        return best
    return best if named and own and all(shared[picture] == own for picture in best) else []


def _label(name: str, picture: str, known: Known) -> str:
    """What its name says beside the picture's own."""
    shared = set(naming.tokens_of(stem_of(picture)))
    rest = "_".join(token for token in naming.without_label_words(stem_of(name)) if token not in shared)
    return known.named(rest) if naming.is_word(rest) or known.knows(rest) else ""


def _one_of(parts: list[Assigned], before: str, refuse: Refuse) -> list[Assigned]:
    """One label file for a picture: the one whose name ends in a word for labels, where there are several."""
    ending = [part for part in parts if naming.has_label_word(naming.tokens_of(stem_of(part.name))[-1])]
    chosen = None if before else parts[0] if len(parts) == 1 else ending[0] if len(ending) == 1 else None
    one = before or (chosen.name if chosen else "")
    for part in parts:
        if one and part is not chosen:
            refuse(part.name, f"Expected one label file for {part.picture!r}; {one!r} is one already.")
        elif not one:
            refuse(part.name, f"Expected one label file for {part.picture!r}; got {len(parts)}: {_how(part.picture)}")
    return [chosen] if chosen else []
