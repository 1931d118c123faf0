"""What all importers speak: the file list, what they find, and how they refuse."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from webapp.images.geometry import Turn
from webapp.images.importers.marks import Labels, Marks
from webapp.images.options import ImportOptions
from webapp.images.sandbox.client import Sandbox


@dataclass(frozen=True)
class VolumeFacts:
    """A series as it is kept: voxels (memory-mapped), affine (voxel indices to mm, RAS+), a name without tags."""

    key: str
    name: str
    modality: str
    voxels: np.ndarray
    affine: np.ndarray
    acquired: int | None = None  # array axis across the slices, where the format says
    notes: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class SliceOf:
    """Where in a volume a picture lies: `index` along the array axis `axis`, shown through `turn`."""

    volume: VolumeFacts
    axis: int
    index: int
    turn: Turn


@dataclass(frozen=True)
class Found:
    """One picture ready for the common path.

    `pixels`: [h, w] or [h, w, 3], uint8, uint16 or float 0-1, windowed and turned for display.
    `original`: the values before the window, where they differ; of a volume's slice the volume is kept instead.
    `key`: of the original values; `marks`: labels that came along, in pixels of `pixels`.
    """

    name: str
    group: str
    key: str
    pixels: np.ndarray
    format: str
    original: np.ndarray | None = None
    marks: Marks | None = None
    aspect: float = 1.0
    markers: str = ""
    slice: SliceOf | None = None
    text_suspected: bool = False
    provenance: dict[str, Any] = field(default_factory=dict)


class ValueNames(Protocol):
    """What the project knows about the values of label maps, and about words."""

    def declared(self, by_files: Mapping[int, str]) -> dict[int, str]: ...

    def by_order(self) -> dict[int, str]: ...

    def every(self) -> str: ...

    def knows(self, word: str) -> bool: ...

    def of_folder(self, folder: str) -> str | None: ...

    @property
    def may_add(self) -> bool: ...


@dataclass
class Context:
    """What an importer works with.

    `more(n)`: there are n pictures more than counted so far; a file counts as one until it is read or refused (for the
    progress). `note`: worth knowing.
    """

    options: ImportOptions
    sandbox: Sandbox
    labels: Labels
    label_set: ValueNames
    salt: bytes
    refuse: Callable[[str, str], None]
    more: Callable[[int], None]
    note: Callable[[str], None]


class Importer(Protocol):
    """A format: which files are its own, and what is in them.

    `find` takes them by relative name; a file that cannot be read is handed to `context.refuse` and the rest goes on.
    """

    name: str

    def claims(self, name: str, head: bytes) -> bool: ...

    def find(self, files: dict[str, Path], context: Context) -> Iterator[Found]: ...
