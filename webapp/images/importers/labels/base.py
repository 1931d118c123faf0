"""What a reader of label files is."""

from collections.abc import Iterator
from pathlib import Path

from webapp.images.importers.marks import Labels
from webapp.images.sandbox.limits import BadFile

MAX_BYTES = 512 * 2**20


class LabelReader:
    """A format of label files: which files are its own, and how their marks get into `labels`.

    `claims` sees the file's relative name, its first bytes, and the names of all files. `read` yields a sentence for
    each part that cannot be used, and raises `BadFile` where nothing can. `beside`: a file is about the one picture of
    its name.
    """

    name: str
    beside = False

    def claims(self, name: str, head: bytes, names: frozenset[str]) -> bool:
        raise NotImplementedError

    def read(self, name: str, path: Path, labels: Labels) -> Iterator[str]:
        raise NotImplementedError


def text_of(path: Path) -> str:
    """The file as text: UTF-8 with or without mark, else Latin-1."""
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise BadFile(f"Expected at most {MAX_BYTES // 2**20} MB of labels; got {size // 2**20} MB.")
    data = path.read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")
