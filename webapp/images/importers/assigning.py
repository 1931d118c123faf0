"""Which picture a label file is about, and which label it shows, by names alone.

Four ways are known, first that fits: a file that links them (`links`); the picture's stem; the picture's stem with a
label or a number behind it (`a_liver_000.png`); a folder of labels for one picture (`p1/masks/liver.png`).
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from webapp.images.importers import naming
from webapp.images.importers.pairing import FIRST_CHANNEL, nearness, pairs, place_of, stem_of

VOLUME_ENDINGS = (".nii", ".nii.gz", ".nrrd", ".mha", ".hdr", ".hdr.gz", ".img", ".img.gz")
_PICTURE_ENDINGS = ("", "_image", "-image", "_img", "-img", "_volume", "-volume", "_vol", "-vol")


@dataclass(frozen=True)
class Assigned:
    """A label file and what to keep it under; `label`, `objects`: see `LabelMapFile`."""

    name: str
    picture: str
    label: str = ""
    objects: bool = False


@dataclass(frozen=True)
class Known:
    """What the project says: whether it `knows` a word, an import `may_add` labels, and it has but `one`."""

    knows: Callable[[str], bool]
    may_add: bool
    one: bool

    def named(self, rest: str) -> str:
        """The label that a rest of a name stands for; empty where it names none."""
        whole, short = naming.label_in(rest)
        if self.knows(whole):
            return whole
        tail = whole[len(short) + 1 :]
        return short if self.knows(short) or naming.is_instance_number(tail) else whole


class _Pictures:
    """The pictures of an import by stem and folder; a label volume is about a volume, a label picture is not."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = list(names)
        self._by_stem: dict[str, set[str]] = defaultdict(set)
        self._by_beginning: dict[str, set[str]] = defaultdict(set)
        for name in self.names:
            self._by_stem[stem_of(name)].add(name)
            for beginning, _ in naming.beginnings(stem_of(name)):
                self._by_beginning[beginning].add(name)

    def of_stem(self, stem: str, like: str) -> list[str]:
        return sorted(name for name in self._by_stem.get(stem, ()) if _is_volume(name) == _is_volume(like))

    def beginning(self, beginning: str, like: str) -> list[str]:
        """The one picture nearest to `like` whose name goes on from there, as a list; else none."""
        found = [name for name in self._by_beginning.get(beginning, ()) if _is_volume(name) == _is_volume(like)]
        best = max((nearness(name, like) for name in found), default=0)
        nearest = [name for name in found if nearness(name, like) == best]
        return nearest if len(nearest) == 1 else []

    def has(self, stem: str) -> bool:
        return stem in self._by_stem or stem + FIRST_CHANNEL in self._by_stem

    def nearest(self, like: str) -> list[str]:
        """Those in the folders most like its own."""
        fitting = [name for name in self.names if _is_volume(name) == _is_volume(like)]
        best = max((nearness(name, like) for name in fitting), default=0)
        return [name for name in fitting if nearness(name, like) == best]


def label_files(names: Iterable[str]) -> dict[str, str]:
    """Which of the files that may be label maps or pictures are label maps by their folder or name -> the stem that
    their picture has."""
    everything = list(names)
    labels = {name: stem_of(name) for name in everything if naming.label_folder_of(name) is not None}
    # Folders that only sound like labels are taken for such where their files bear names of pictures elsewhere.
    maybe = {name: stem_of(name) for name in everything if name not in labels and _in_sounding_folder(name)}
    pictures = {stem_of(name) for name in everything if name not in labels and name not in maybe}
    pictures |= {beginning for stem in pictures for beginning, _ in naming.beginnings(stem)}
    labels |= {
        name: stem
        for name, stem in maybe.items()
        if stem in pictures or any(beginning in pictures for beginning, _ in naming.beginnings(stem))
    }
    places = {place_of(name) for name in everything if name not in labels}
    for name in everything:
        if name not in labels:
            beside = _picture_beside(name, places)
            if beside is not None:
                labels[name] = beside
    return labels


def _in_sounding_folder(name: str) -> bool:
    folders = name.split("/")[:-1]
    return bool(folders) and naming.sounds_like_labels(folders[-1])


def _picture_beside(name: str, places: Collection[str]) -> str | None:
    """The stem for which to look for the picture of `brain_label.nrrd`: of `brain`, or `brain_image`, in its folder."""
    folder, stem = name.rpartition("/")[0], stem_of(name)
    for beginning, rest in naming.beginnings(stem):
        if naming.has_label_word(rest):
            for ending in _PICTURE_ENDINGS:
                if f"{folder}/{beginning}{ending}".lstrip("/") in places:
                    return stem if naming.without_label_words(rest) else beginning + ending
    return None


def assign(
    label_files: Mapping[str, str],
    pictures: Iterable[str],
    *,
    known: Known,
    links: Mapping[str, str],
    refuse: Callable[[str, str], None],
) -> list[Assigned]:
    """What each label file (name -> its picture's stem) is about.

    Those that nobody can place go to `refuse`, or are kept under their own name.
    """
    there = _Pictures(pictures)
    names = list(label_files)
    plain: dict[str, str] = {}
    assigned: list[Assigned] = []
    homes = _homes_by_folder([name for name in names if not _by_stem(name, there)], there, known)
    for name in names:
        stem = label_files[name]
        part = None if stem != stem_of(name) else _part(name, there, known, links.get(name), homes)
        if part is None:
            plain[name] = stem
        elif part.picture:
            assigned.append(part)
        else:
            refuse(name, "Expected one picture of its name that lies nearest; several do.")
    instances = {name for name in plain if {"instance", "instances"} & set(naming.words_of(name))}
    kept = pairs(plain, there.names, refuse)
    by_values = [Assigned(name, kept[name], objects=name in instances) for name in plain if name in kept]
    return _one_by_values(by_values + assigned, there, refuse)


def _one_by_values(parts: list[Assigned], there: _Pictures, refuse: Callable[[str, str], None]) -> list[Assigned]:
    """Files about one label or object add up; of those that speak of all labels a picture has but one."""
    kept: list[Assigned] = []
    taken: dict[str, str] = {}
    for part in parts:
        home = next((place_of(name) for name in there.of_stem(part.picture, part.name)), part.picture)
        if part.label or part.objects or home not in taken:
            kept.append(part)
        else:
            refuse(part.name, f"Expected one label file for {home!r}; {taken[home]!r} is one already.")
        if not part.label and not part.objects:
            taken.setdefault(home, part.name)
    return kept


def _part(name: str, there: _Pictures, known: Known, link: str | None, homes: Mapping[str, str]) -> Assigned | None:
    """A file about one label or one object; None where its values tell, `picture` empty where several are as near."""
    stem = stem_of(name)
    if link is not None:
        own = naming.picture_stem(link)
        rest = stem[len(own) :].lstrip(" ._-") if stem.startswith(own) else stem
        return _told(Assigned(name, place_of(link)), rest, known)
    if there.has(stem):
        return _of_folder(name, there.of_stem(stem, name), known)
    for beginning, rest in naming.beginnings(stem):
        found = there.of_stem(beginning, name) or there.of_stem(beginning + FIRST_CHANNEL, name)
        if not found and naming.has_label_word(rest):
            found = there.beginning(beginning, name)  # `21_training` and `21_manual1`
        if found and (naming.is_word(rest) or naming.is_number(rest) or naming.has_label_word(rest)):
            return _told(Assigned(name, _nearest_of(found, name)), rest, known)
    home = homes.get(name)
    if home is None:
        return None
    return _told(Assigned(name, place_of(home)), stem, known)


def _of_folder(name: str, pictures: list[str], known: Known) -> Assigned | None:
    """A file that its folder names the label of: `masks/liver/a.png` of `images/a.png`."""
    depth = naming.label_folder_of(name)
    word = naming.word_below(name, depth) if depth is not None else ""
    if not word or not pictures:
        return None
    elsewhere = {part for picture in pictures for part in picture.split("/")[:-1]}
    if known.knows(word) or (naming.is_word(word) and word not in elsewhere and word.lower() not in naming.SPLITS):
        return Assigned(name, _nearest_of(pictures, name), label=word)
    return None


def _told(part: Assigned, rest: str, known: Known) -> Assigned:
    if naming.is_number(rest):
        return replace(part, objects=True)
    return replace(part, label=known.named(rest)) if naming.without_label_words(rest) else part


def _nearest_of(pictures: list[str], name: str) -> str:
    """The place of the one picture that lies nearest; empty where several do."""
    best = max(nearness(picture, name) for picture in pictures)
    places = {place_of(picture) for picture in pictures if nearness(picture, name) == best}
    return places.pop() if len(places) == 1 else ""


def _by_stem(name: str, there: _Pictures) -> bool:
    stem = stem_of(name)
    return there.has(stem) or any(there.has(beginning) for beginning, _ in naming.beginnings(stem))


def _homes_by_folder(names: list[str], there: _Pictures, known: Known) -> dict[str, str]:
    """Label files named after nothing but a label or an object -> the one picture beside their folder."""
    homes = {}
    near: dict[str, list[str]] = {}
    for name in names:
        depth = naming.label_folder_of(name)
        stem = stem_of(name)
        if depth is None or not (naming.is_word(stem) or naming.is_number(stem)):
            continue
        folder = name.rpartition("/")[0]
        if folder not in near:
            near[folder] = there.nearest(name)
        if len(near[folder]) != 1:
            continue
        home = near[folder][0]
        # The picture may be missing (`labels/2.png` beside `images/1.png`): a number alone says too little.
        if not stem.isdigit() and (depth > 0 or known.knows(known.named(stem))):
            homes[name] = home
    return homes


def _is_volume(name: str) -> bool:
    return name.lower().endswith(VOLUME_ENDINGS)
