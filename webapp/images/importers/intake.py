"""From a file list to pictures: label files are read first, then each importer gets the files it claims."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

from webapp.images.importers import EXPECTED, IMPORTERS, label_maps, unnamed
from webapp.images.importers.assigning import Known, assign
from webapp.images.importers.base import Context, Found, Importer
from webapp.images.importers.labels import readers
from webapp.images.importers.labels.base import LabelReader
from webapp.images.importers.labels.yolo import NAME_FILES
from webapp.images.importers.marks import Labels
from webapp.images.importers.naming import LABEL_FOLDERS
from webapp.images.importers.pairing import pairs, place_of, stem_of
from webapp.images.sandbox.limits import BadFile

_HEAD_BYTES = 512
_COMPLAINTS = 5  # single lines of a label file that are told one by one
_TEXTS = (".txt", ".md", ".rst", ".pdf", ".csv", ".json", ".xml", ".yaml", ".yml", ".html", ".log")


def pictures_in(files: Mapping[str, Path], context: Context) -> Iterator[Found]:
    """All pictures of the files. Whatever cannot be used goes to `context.refuse`, one sentence a file."""
    options = context.options
    importers: dict[str, Importer] = {}
    label_readings: list[tuple[LabelReader, str]] = []
    label_readers = readers() if options.labels else []
    names = frozenset(files)
    maps = label_maps.stems_labelled(files, options.label_folder) if options.labels else {}
    for name, path in files.items():
        head = _head(path)
        if not head:
            maps.pop(name, None)
            context.refuse(name, "Expected a picture; the file " + ("cannot be read." if head is None else "is empty."))
            continue
        if name in maps:
            continue
        reader = next((reader for reader in label_readers if reader.claims(name, head, names)), None)
        if reader is not None:
            label_readings.append((reader, name))
            continue
        if not options.wants(name):
            continue
        importer = next((importer for importer in IMPORTERS if importer.claims(name, head)), None)
        if importer is None:
            context.refuse(name, f"Expected {EXPECTED}; {_what(name)}.")
        elif options.labels and options.label_folder and PurePosixPath(name).parent.name.lower() in LABEL_FOLDERS:
            context.refuse(name, f"Expected a picture; this lies among labels, which are in {options.label_folder!r}.")
        else:
            importers[name] = importer
    context.labels.expect([*importers, *maps])
    _read_labels(label_readings, files, list(importers), context)
    for origin, sentence in _doubts(context.labels.doubtful).items():
        context.refuse(origin, sentence)
    series = any(importer.name == "dicom" for importer in importers.values())
    no_pictures = _keep_maps(maps, files, list(importers), context, series=series)
    claimed = {
        importer.name: {
            name: files[name] for name in importers if importers[name] is importer and name not in no_pictures
        }
        for importer in IMPORTERS
    }
    context.more(sum(len(own) for own in claimed.values()))
    for importer in IMPORTERS:
        yield from importer.find(claimed[importer.name], context)
    for origin, missing in context.labels.unused():
        context.refuse(origin, f"Expected the pictures that it names; {_listed(missing)} did not turn up.")


def _keep_maps(
    maps: Mapping[str, str], files: Mapping[str, Path], pictures: list[str], context: Context, *, series: bool
) -> set[str]:
    """Find out what each label map is about; returns those of the `pictures` that turn out to be label maps too."""
    label_set, labels = context.label_set, context.labels
    known = Known(label_set.knows, label_set.may_add, one=len(label_set.by_order()) == 1)
    assigned = assign(maps, pictures, known=known, links=_linked(labels), refuse=context.refuse)
    no_pictures: set[str] = set()
    if context.options.labels and not context.options.label_folder:
        possible = [name for name in pictures if name.lower().endswith(label_maps.VOLUMES + label_maps.PICTURES)]
        taken = {part.picture: part.name for part in assigned if not part.label}
        taken |= {place_of(name): taken[stem_of(name)] for name in pictures if stem_of(name) in taken}
        others, no_pictures = unnamed.find(
            possible, files, series=series, taken=taken, known=known, sandbox=context.sandbox, refuse=context.refuse
        )
        assigned += others
    for part in assigned:
        label_maps.add(part, files[part.name], labels, context.sandbox)
    return no_pictures


def _linked(labels: Labels) -> dict[str, str]:
    """Label file -> picture, both as the import names them."""
    named = {labels.meant(label, ""): labels.meant(picture, "") for label, picture in labels.links.items()}
    return {label: picture for label, picture in named.items() if label and picture}


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


def _doubts(doubtful: Mapping[tuple[str, str], list[str]]) -> dict[str, str]:
    """One sentence for each file with names that several pictures bear."""
    sentences: dict[str, str] = {}
    for (origin, name), pictures in doubtful.items():
        where = f"{pictures[0]!r} or {pictures[1]!r}"
        sentences.setdefault(
            origin, f"Expected names of one picture each, with their folders; {name!r} may be {where}."
        )
    return sentences


def _head(path: Path) -> bytes | None:
    try:
        with open(path, "rb") as file:
            return file.read(_HEAD_BYTES)
    except OSError:
        return None


def _what(name: str) -> str:
    lower = name.lower()
    if lower.endswith((".zip", ".tar", ".gz", ".tgz", ".7z", ".rar", ".bz2", ".xz")):
        return "archives within an import are not opened: import it by itself"
    if lower.endswith(_TEXTS) or "." not in Path(name).name:
        return "this is neither a picture nor a label file"
    return f"this is none of them ({Path(name).suffix[:12] or 'no ending'})"


def _listed(names: list[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:3])
    return shown if len(names) <= 3 else f"{shown} and {len(names) - 3} more"
