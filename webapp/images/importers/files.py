"""The files of an import: a folder, a zip or a single file, listed safely; nothing is trusted."""

import fcntl
import os
import shutil
import stat
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

from django.conf import settings

from webapp.images.sandbox.limits import BadFile

MAX_FILES = 200_000
LONGEST = 255  # bytes of a name on this disk
MAX_ENTRY_BYTES = 4 * 2**30
MAX_TOTAL_BYTES = 64 * 2**30
MAX_RATIO = 200  # unpacked over packed; checked above `RATIO_FROM`, where small files of one colour are left behind
RATIO_FROM = 64 * 2**20
JUNK = {".ds_store", "thumbs.db", "desktop.ini"}
_PREFIX = "unpacked-"

Refuse = Callable[[str, str], None]


@contextmanager
def listed(path: Path, refuse: Refuse) -> Iterator[dict[str, Path]]:
    """Relative name (posix) -> file, in order of names, for the duration of the block. Raises `BadFile`."""
    if path.is_dir():
        yield _walk(path, refuse)
    elif not path.is_file():
        raise BadFile(f"Expected a folder, a zip or a file; there is nothing at {path.name!r}.")
    elif zipfile.is_zipfile(path):
        with _scratch() as folder:
            yield _unpack(path, folder, refuse)
    elif path.suffix.lower() == ".zip" and path.stat().st_size:
        raise BadFile("Expected a zip archive; this one is cut short or none at all.")
    else:
        yield {path.name: path}


def sweep() -> None:
    """Remove what killed imports left unpacked: a living one holds the lock of its folder."""
    for folder in settings.UPLOADS.glob(f"{_PREFIX}*"):
        try:
            with open(folder / ".lock", "w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except FileNotFoundError:
            continue  # just being made, or just going
        except BlockingIOError:
            continue
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _scratch() -> Iterator[Path]:
    settings.UPLOADS.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=settings.UPLOADS))
    try:
        with open(folder / ".lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            (folder / "files").mkdir()
            yield folder / "files"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _walk(root: Path, refuse: Refuse) -> dict[str, Path]:
    """Links are followed, for laboratories link their data together, but no folder is entered twice."""
    found: dict[str, Path] = {}
    seen: set[str] = set()
    for folder, folders, names in os.walk(root, followlinks=True):
        real = os.path.realpath(folder)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if not _hidden(name))
        for name in sorted(names):
            path = Path(folder, name)
            relative = path.relative_to(root).as_posix()
            if _hidden(name):
                continue
            if not path.is_file():
                refuse(relative, "Expected a regular file; this is a device or a link to nowhere.")
                continue
            if len(found) >= MAX_FILES:
                raise BadFile(f"Expected at most {MAX_FILES} files; the folder holds more.")
            found[relative] = path
    return found


def _unpack(path: Path, folder: Path, refuse: Refuse) -> dict[str, Path]:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            _check_archive(entries, path.stat().st_size)
            found: dict[str, Path] = {}
            for entry in entries:
                if _hidden_path(entry.filename):
                    continue
                try:
                    name = _safe_name(entry, found)
                    target = folder / name
                    _extract(archive, entry, target)
                except BadFile as error:
                    refuse(entry.filename[:300], str(error))
                else:
                    found[name] = target
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, ValueError):
        raise BadFile("Expected a zip archive; its list of contents is damaged.") from None
    return dict(sorted(found.items()))


def _check_archive(entries: list[zipfile.ZipInfo], packed: int) -> None:
    if len(entries) > MAX_FILES:
        raise BadFile(f"Expected at most {MAX_FILES} files in the archive; it lists {len(entries)}.")
    total = sum(entry.file_size for entry in entries)
    if total > MAX_TOTAL_BYTES or (total > RATIO_FROM and total > MAX_RATIO * packed):
        raise BadFile(f"Expected an archive of pictures; this one claims to unpack {packed} bytes into {total}.")
    free = shutil.disk_usage(settings.UPLOADS).free
    if total > free:
        raise BadFile(f"Expected room for {total} bytes to unpack the archive; {free} are free.")


def _safe_name(entry: zipfile.ZipInfo, taken: dict[str, Path]) -> str:
    name = entry.filename.replace("\\", "/")
    parts = PurePosixPath(name).parts
    if name.startswith("/") or ".." in parts or (parts and ":" in parts[0]) or "\0" in name or not parts:
        raise BadFile("Expected a name within the archive; this one points outside.")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise BadFile("Expected a file; this entry is a link.")
    if any(len(part.encode()) > LONGEST for part in parts):
        raise BadFile(f"Expected names of at most {LONGEST} bytes; this one is longer.")
    if entry.flag_bits & 1:
        raise BadFile("Expected a file that can be read without a password; this one is encrypted.")
    if entry.file_size > MAX_ENTRY_BYTES:
        raise BadFile(
            f"Expected at most {MAX_ENTRY_BYTES // 2**30} GB a file; this one claims {entry.file_size} bytes."
        )
    if entry.file_size > RATIO_FROM and entry.file_size > MAX_RATIO * max(entry.compress_size, 1):
        raise BadFile(f"Expected a picture; {entry.compress_size} bytes claim to unpack into {entry.file_size}.")
    normal = "/".join(parts)
    if any("/".join(parts[:depth]) in taken for depth in range(1, len(parts))):
        raise BadFile("Expected files in folders; this one lies in what is a file of the archive.")
    if normal in taken:
        raise BadFile("Expected each name once; the archive holds this one twice.")
    return normal


def _extract(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path) -> None:
    """Write one entry, and not a byte more than it claims."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        left = entry.file_size
        with archive.open(entry) as source, open(target, "wb") as out:
            while block := source.read(min(2**20, left + 1)):
                left -= len(block)
                if left < 0:
                    raise BadFile(f"Expected {entry.file_size} bytes, as the archive says; more came out.")
                out.write(block)
    except BadFile:
        target.unlink(missing_ok=True)
        raise
    except Exception as error:  # zipfile and its decompressors raise many kinds on damaged data
        with suppress(OSError):  # what could not be made cannot be removed either
            target.unlink(missing_ok=True)
        raise BadFile(
            f"Expected a readable entry; its data in the archive are damaged ({type(error).__name__})."
        ) from None


def _hidden(name: str) -> bool:
    return name.lower() in JUNK or name.startswith("._") or name in {"__MACOSX", ".git"}


def _hidden_path(name: str) -> bool:
    return any(_hidden(part) for part in PurePosixPath(name.replace("\\", "/")).parts)
