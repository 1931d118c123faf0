"""PNG, JPEG, TIFF, BMP, GIF and WebP. A file's pages are pictures of their own."""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import numpy as np

from webapp.images import burned_in, hashing, windows
from webapp.images.importers import grouping
from webapp.images.importers.base import Context, Found
from webapp.images.importers.label_maps import marks_with_map
from webapp.images.importers.marks import Marks
from webapp.images.sandbox.limits import BadFile

MAGIC = (b"\x89PNG", b"\xff\xd8\xff", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+", b"BM", b"GIF8")


class Pictures:
    name = "picture"

    def claims(self, name: str, head: bytes) -> bool:
        return head.startswith(MAGIC) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP")

    def find(self, files: dict[str, Path], context: Context) -> Iterator[Found]:
        for name, path in files.items():
            try:
                yield from _pages(name, path, context)
            except BadFile as error:
                context.refuse(name, str(error))
                context.more(-1)
            context.sandbox.clear()


def _pages(name: str, path: Path, context: Context) -> Iterator[Found]:
    read = context.sandbox.call("picture", path=str(path))
    pages = read["pages"]
    context.more(len(pages) - 1)
    for number, page in enumerate(pages):
        original = np.load(read["folder"] / page, mmap_mode="r", allow_pickle=False)
        label = name if len(pages) == 1 else f"{name} page {number + 1}"
        shown = displayed(original, context.options.window)
        marks = marks_with_map(label, original.shape[:2], context, file=name, page=number)
        folder = context.label_set.of_folder(PurePosixPath(name).parent.name) if context.options.labels else None
        if folder and (marks is None or marks.label is None):
            marks = marks or Marks()
            marks.label = folder
        yield Found(
            name=label,
            group=(marks.group if marks else "") or grouping.of_file(name, context.options.group),
            key=hashing.key_of(original),
            pixels=shown,
            original=original,
            format="picture",
            marks=marks,
            text_suspected=context.options.check_text and burned_in.shows_text(shown),
        )


def displayed(original: np.ndarray, window: str = "default") -> np.ndarray:
    """A picture's values as something to look at: 8-bit as it is, deeper ones through a window.

    Deeper pictures rarely use their whole range, so that "default" means percentiles there.
    """
    if original.dtype == np.uint8:
        return np.asarray(original)
    chosen = windows.named(window) or windows.percentiles(original)
    return chosen.apply(original)
