"""From a file list to pictures: label files are read first, then each importer gets the files it claims."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from webapp.images.importers import EXPECTED, IMPORTERS, label_maps
from webapp.images.importers.base import Context, Found
from webapp.images.importers.labels import readers
from webapp.images.importers.labels.base import LabelReader
from webapp.images.importers.labels.yolo import NAME_FILES
from webapp.images.importers.pairing import pairs, place_of, stem_of
from webapp.images.sandbox.limits import BadFile

_HEAD_BYTES = 512
_COMPLAINTS = 5  # single lines of a label file that are told one by one
_TEXTS = (".txt", ".md", ".rst", ".pdf", ".csv", ".json", ".xml", ".yaml", ".yml", ".html", ".log")


def pictures_in(files: Mapping[str, Path], context: Context) -> Iterator[Found]:
    """All pictures of the files. Whatever cannot be used goes to `context.refuse`, one sentence a file."""
    claimed: dict[str, dict[str, Path]] = {}
    label_files: list[tuple[LabelReader, str]] = []
    label_readers = readers() if context.options.labels else []
    names = frozenset(files)
    places = {place_of(name): name for name in files if not name.lower().endswith(_TEXTS)}
    maps: dict[str, str] = {}
    for name, path in files.items():
        head = _head(path)
        if head is None or not head:
            context.refuse(name, "Expected a picture; the file " + ("cannot be read." if head is None else "is empty."))
            continue
        stem = label_maps.stem_labelled(name, context.options.label_folder, places) if context.options.labels else None
        if stem is not None:
            maps[name] = stem
            continue
        reader = next((reader for reader in label_readers if reader.claims(name, head, names)), None)
        if reader is not None:
            label_files.append((reader, name))
            continue
        if not context.options.wants(name):
            continue
        importer = next((importer for importer in IMPORTERS if importer.claims(name, head)), None)
        if importer is None:
            context.refuse(name, f"Expected {EXPECTED}; {_what(name)}.")
        else:
            claimed.setdefault(importer.name, {})[name] = path
    pictures = [name for own in claimed.values() for name in own]
    for name in _paired(maps, pictures, context):
        label_maps.add(name, files[name], context.labels, context.sandbox)
    _read_labels(label_files, files, pictures, context)
    context.more(sum(len(own) for own in claimed.values()))
    for importer in IMPORTERS:
        yield from importer.find(claimed.get(importer.name, {}), context)
    for origin, missing in context.labels.unused():
        context.refuse(origin, f"Expected the pictures that it names; {_listed(missing)} did not turn up.")


def _paired(label_files: Mapping[str, str], pictures: Sequence[str], context: Context) -> list[str]:
    """Those of the label files (name -> its picture's stem) that belong to one picture each, or to none."""
    kept = pairs(label_files, pictures, context.refuse)
    context.labels.beside |= kept
    return [name for name in label_files if name in kept]


def _read_labels(
    label_files: list[tuple[LabelReader, str]], files: Mapping[str, Path], pictures: Sequence[str], context: Context
) -> None:
    for one in {id(reader): reader for reader, _ in label_files if reader.beside}.values():
        own = {
            name: stem_of(name) for reader, name in label_files if reader is one and Path(name).name not in NAME_FILES
        }
        kept = _paired(own, pictures, context)
        label_files = [(reader, name) for reader, name in label_files if name not in own or name in kept]
    # Names of classes first: the other files of the same reader speak in numbers.
    label_files.sort(key=lambda entry: (Path(entry[1]).name not in NAME_FILES, entry[1]))
    for reader, name in label_files:
        complaints = 0
        try:
            for sentence in reader.read(name, files[name], context.labels):
                complaints += 1
                if complaints <= _COMPLAINTS:
                    context.note(f"{name}, {sentence}")
        except BadFile as error:
            context.refuse(name, str(error))
        if complaints > _COMPLAINTS:
            context.note(f"{name}: {complaints - _COMPLAINTS} more lines or entries could not be used.")


def _head(path: Path) -> bytes | None:
    try:
        with open(path, "rb") as file:
            return file.read(_HEAD_BYTES)
    except OSError:
        return None


def _what(name: str) -> str:
    lower = name.lower()
    if lower.endswith((".zip", ".tar", ".gz", ".tgz", ".7z", ".rar", ".bz2", ".xz")):
        return "archives within an import are not opened"
    if lower.endswith(_TEXTS) or "." not in Path(name).name:
        return "this is neither a picture nor a label file"
    return f"this is none of them ({Path(name).suffix[:12] or 'no ending'})"


def _listed(names: list[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:3])
    return shown if len(names) <= 3 else f"{shown} and {len(names) - 3} more"
