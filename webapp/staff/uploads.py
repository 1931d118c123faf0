"""Files that came with a form, kept in a folder of their own until they are imported."""

import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from webapp.staff.attempts import FormError


def keep(files: Sequence[UploadedFile]) -> Path:
    """Write the files under their own names into a new folder; returns it. Raises FormError where there are none."""
    if not files:
        raise FormError("Choose at least one file first.")
    folder = settings.UPLOADS / f"sent-{secrets.token_hex(12)}"
    folder.mkdir(parents=True)
    try:
        for file in files:
            with open(folder / _free_name(folder, file.name or "file"), "xb") as out:
                shutil.copyfileobj(file, out, 1 << 20)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder


def source_of(folder: Path) -> Path:
    """What to import: the one file, so that a zip is opened, or else the folder."""
    names = list(folder.iterdir())
    return names[0] if len(names) == 1 else folder


def _free_name(folder: Path, name: str) -> str:
    """Browsers send bare names; two files of different folders may share one."""
    name = PurePosixPath(name.replace("\\", "/")).name[:200] or "file"
    stem, suffix = PurePosixPath(name).stem, PurePosixPath(name).suffix
    number = 1
    while (folder / name).exists():
        number += 1
        name = f"{stem}-{number}{suffix}"
    return name
