"""Files that were sent, kept in a folder of their own until they are imported."""

import secrets
import shutil
import time
from collections.abc import Collection, Sequence
from pathlib import Path, PurePosixPath

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from webapp.images.importers.pairing import stem_of
from webapp.images.sandbox.limits import BadFile

FORGOTTEN = 3600  # seconds; files that were just sent may not have their job yet
LONGEST = 200  # bytes of a name
SPARE = 2**30  # bytes that stay free on the disk, whatever is sent


def keep(files: Sequence[UploadedFile]) -> Path:
    """Write the files under their own names into a new folder; returns it. Raises BadFile where they cannot be kept."""
    if not files:
        raise BadFile("Choose at least one file first.")
    _check_room(sum(file.size or 0 for file in files))
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


def drop(folder: Path) -> None:
    """Remove what `keep` wrote: it may bear names (I13)."""
    shutil.rmtree(folder, ignore_errors=True)


def sweep(keep: Collection[Path]) -> None:
    """Remove what was sent longer than `FORGOTTEN` ago, but for folders that hold one of `keep`."""
    for folder in settings.UPLOADS.glob("sent-*"):
        is_old = time.time() - folder.stat().st_mtime > FORGOTTEN
        if is_old and not any(path.is_relative_to(folder) for path in keep):
            drop(folder)


def _check_room(size: int) -> None:
    if size > settings.UPLOAD_BYTES:
        raise BadFile(f"Expected at most {_gib(settings.UPLOAD_BYTES)} GiB at once; got {_gib(size)} GiB.")
    settings.UPLOADS.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(settings.UPLOADS).free - SPARE
    if size > free:
        raise BadFile(f"Expected files that fit on the disk, {_gib(max(free, 0))} GiB; got {_gib(size)} GiB.")


def _gib(size: int) -> str:
    return f"{size / 2**30:.3g}"


def _free_name(folder: Path, name: str) -> str:
    """Browsers send bare names; two files of different folders may share one, and disks take 255 bytes."""
    base = PurePosixPath(name.replace("\\", "/")).name
    stem = stem_of(base)
    suffix = base[len(stem) :]
    stem = stem.encode()[: LONGEST - len(suffix.encode())].decode(errors="ignore") or "file"
    name, number = stem + suffix, 1
    while (folder / name).exists():
        number += 1
        name = f"{stem}-{number}{suffix}"
    return name
