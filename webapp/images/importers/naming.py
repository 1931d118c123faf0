"""What the names of folders and files say: which show labels, of which picture, and which label."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from webapp.images.importers.pairing import FIRST_CHANNEL, stem_of

LABEL_FOLDERS = {
    *("labels", "label", "masks", "mask", "annotations", "segmentations", "segmentation", "labelstr", "gt", "ground"),
    *("instance_labels", "label_maps", "ground_truth"),
}
PICTURE_FOLDERS = {"images", "image", "imgs", "img", "imagestr", "imagests", "jpegimages", "pictures", "dicom"}
LABEL_WORDS = {
    *("label", "labels", "labelmap", "lab", "mask", "masks", "seg", "segs", "segmentation", "segmentations", "gt"),
    *("groundtruth", "truth", "manual", "annotation", "annotations", "scribble", "scribbles"),
}
SPLITS = {
    *("train", "training", "test", "testing", "val", "valid", "validation", "png", "tif", "nifti", "all", "raw"),
}
_HASH = re.compile(r"[0-9a-f]{16,}", re.IGNORECASE)
_INSTANCE = re.compile(r"0\d+|\d{3,}")


def words_of(text: str) -> list[str]:
    """`train_masks` and `TrainMasks2` as words, in lower case: train, masks, 2."""
    return [word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+", text)]


def tokens_of(stem: str) -> list[str]:
    """The parts of a name between blanks, dots, hyphens and underscores."""
    return [token for token in re.split(r"[ ._-]+", stem) if token]


def label_folder_of(name: str) -> int | None:
    """Which of the folders (0 is the topmost) holds labels; None where a folder of pictures lies deeper."""
    for depth, part in reversed(list(enumerate(PurePosixPath(name).parts[:-1]))):
        lower = part.lower()
        if lower in LABEL_FOLDERS:
            return depth
        if lower in PICTURE_FOLDERS:
            return None
    return None


def sounds_like_labels(folder: str) -> bool:
    """Whether a folder may hold labels by its name: `train_masks`, `SegmentationClass`, `1st_manual`."""
    words = set(words_of(folder))
    return bool(words & LABEL_WORDS) and not words & PICTURE_FOLDERS


def word_below(name: str, depth: int) -> str:
    """The folder right above a file, where it lies below the label folder: `liver` of `masks/liver/a.png`."""
    folders = PurePosixPath(name).parts[:-1]
    return folders[-1] if len(folders) > depth + 1 else ""


def beginnings(stem: str) -> Iterator[tuple[str, str]]:
    """A name cut at each of its separators, longest first: (what a picture may be called, the rest)."""
    for match in reversed(list(re.finditer(r"[ ._-]+", stem))):
        if match.start() and match.end() < len(stem):
            yield stem[: match.start()], stem[match.end() :]


def without_label_words(rest: str) -> list[str]:
    return [token for token in tokens_of(rest) if not _is_label_word(token)]


def has_label_word(rest: str) -> bool:
    return any(_is_label_word(token) for token in tokens_of(rest))


def _is_label_word(token: str) -> bool:
    return token.lower().rstrip("0123456789") in LABEL_WORDS


def is_number(rest: str) -> bool:
    """Whether nothing but the number of an object is left: `3`, `mask_03`, a hash."""
    tokens = without_label_words(rest)
    return bool(tokens) and (all(token.isdigit() for token in tokens) or _HASH.fullmatch("".join(tokens)) is not None)


def label_in(rest: str) -> tuple[str, str]:
    """What a rest calls a label, as it is and without a trailing number: `hip_left_001` -> hip_left_001, hip_left."""
    tokens = without_label_words(rest)
    whole = "_".join(tokens)
    short = "_".join(tokens[:-1]) if len(tokens) > 1 and tokens[-1].isdigit() else whole
    return whole, short


def is_instance_number(token: str) -> bool:
    """`000`, `01`: numbers that count objects rather than name them (`rib_left_9`)."""
    return _INSTANCE.fullmatch(token) is not None


def is_word(text: str) -> bool:
    """Whether a text may be a label's name."""
    return re.search(r"[^\W\d_]{3}", text) is not None and _HASH.fullmatch(text) is None


def picture_stem(name: str) -> str:
    """A picture's stem without what its kind adds: nnU-Net's first channel."""
    return stem_of(name).removesuffix(FIRST_CHANNEL)
