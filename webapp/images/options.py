"""What a moderator may say about an import. Every default fits most files."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from fnmatch import fnmatch
from typing import Any

from webapp.images import windows

AXES = ("auto", "axial", "coronal", "sagittal")


@dataclass(frozen=True)
class ImportOptions:
    """Raises `ValueError` with one sentence where a value does not fit.

    labels: read label files found beside the pictures.
    label_folder: folder of label pictures or volumes, where it is none of `labels`, `masks`, `annotations`.
    label_names: what files call a label (a name or a pixel value) -> the project's label key; "*": of all other values,
        where each is an object.
    create_labels: add labels that files name to the project's set; None: only where the set is still empty.
    include, exclude: patterns of file names, relative to the folder, such as "DICOM/*".
    group: what may not be split: "auto" (the patient of a DICOM file, else the file), "file", "folder", or a regular
        expression whose first group is the slide or patient within the file's relative name.
    crops: make a picture of each labelled box instead of the whole; crop_context: side of the square over the box's
        longer side; crop_size: serve all crops at this side (px).
    window: "default", "auto", a preset of `windows.PRESETS`, or "level/width".
    axis: which way a volume is cut; "auto" takes the plane it was acquired in (finest pixels).
    slice_start, slice_stop, slice_step: which slices, counted from 0 in the volume's own order.
    skip_empty: leave out slices that show nothing but background.
    check_text: look for text burned into pictures (I13).
    """

    labels: bool = True
    label_folder: str = ""
    label_names: Mapping[str, str] = field(default_factory=dict)
    create_labels: bool | None = None
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    group: str = "auto"
    crops: bool = False
    crop_context: float = 1.4
    crop_size: int | None = None
    window: str = "default"
    axis: str = "auto"
    slice_start: int = 0
    slice_stop: int | None = None
    slice_step: int = 1
    skip_empty: bool = True
    check_text: bool = True

    def __post_init__(self) -> None:
        if not windows.valid(self.window):
            names = ", ".join(["default", "auto", *windows.PRESETS])
            raise ValueError(
                f"Expected window to be one of {names} or level/width such as 40/400; got {self.window!r}."
            )
        if self.axis not in AXES:
            raise ValueError(f"Expected axis to be one of {', '.join(AXES)}; got {self.axis!r}.")
        if self.slice_step < 1 or self.slice_start < 0:
            raise ValueError("Expected slices from 0 upwards in steps of at least 1.")
        if not 1.0 <= self.crop_context <= 8.0:
            raise ValueError(f"Expected crop_context from 1 to 8; got {self.crop_context}.")
        if self.crop_size is not None and not 16 <= self.crop_size <= 1024:
            raise ValueError(f"Expected crop_size from 16 to 1024 px; got {self.crop_size}.")
        try:
            re.compile(self.group)
        except re.error as error:
            raise ValueError(f"The group pattern {self.group!r} is no regular expression: {error}.") from None

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> "ImportOptions":
        """From JSON, as an import job keeps it."""
        known = {f.name for f in fields(cls)}
        unknown = sorted(set(values) - known)
        if unknown:
            raise ValueError(f"There is no import option {unknown[0]!r}; expected one of {', '.join(sorted(known))}.")
        taken = dict(values)
        for name in ("include", "exclude"):
            if name in taken:
                taken[name] = (taken[name],) if isinstance(taken[name], str) else tuple(taken[name])
        try:
            return cls(**taken)
        except TypeError as error:
            raise ValueError(f"An import option has the wrong type: {error}.") from None

    def record(self) -> dict[str, Any]:
        """As JSON, for the provenance."""
        return asdict(self)

    def wants(self, name: str) -> bool:
        """Whether a file of that relative name is asked for."""
        if self.include and not any(fnmatch(name, pattern) for pattern in self.include):
            return False
        return not any(fnmatch(name, pattern) for pattern in self.exclude)
