"""Pascal VOC: an XML file a picture. Edges are taken as they are: most tools count from 0, whatever VOC says."""

from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from webapp.images.importers.labels.base import LabelReader, text_of
from webapp.images.importers.marks import Labels, Marks
from webapp.images.importers.pairing import stem_of
from webapp.images.sandbox.limits import BadFile


class PascalVoc(LabelReader):
    name = "voc"
    beside = True

    def claims(self, name: str, head: bytes, names: frozenset[str]) -> bool:
        return name.lower().endswith(".xml")

    def read(self, name: str, path: Path, labels: Labels) -> Iterator[str]:
        try:
            root = fromstring(text_of(path))
        except (ParseError, DefusedXmlException, ValueError, RecursionError):
            raise BadFile("Expected Pascal VOC; the file is no well-formed XML.") from None
        if root.tag != "annotation":
            raise BadFile(f"Expected Pascal VOC with a root <annotation>; got <{root.tag[:40]}>.")
        marks = Marks(boxes=[], origin=name)
        for number, item in enumerate(root.iter("object"), start=1):
            try:
                marks.boxes = [*(marks.boxes or []), _box(item)]
            except ValueError:
                yield f"object {number}: expected a name and a bndbox of four numbers."
        marks.size = _size(root)
        picture = (root.findtext("filename") or "").strip()
        # The file's own name counts: <filename> is left over from a renamed set often enough.
        labels.add_beside(name, marks)
        if picture and stem_of(picture) != stem_of(name):
            yield f"it names the picture {picture[:80]!r}; the one called {stem_of(name)[:80]!r} is meant."


def _size(root: Element) -> tuple[int, int] | None:
    """The picture's width and height (px) where the file gives them; many give 0."""
    try:
        width, height = (int(root.findtext(f"size/{tag}") or 0) for tag in ("width", "height"))
    except ValueError:
        return None
    return (width, height) if width > 0 and height > 0 else None


def _box(item: Element) -> tuple[float, float, float, float, str]:
    x1, y1, x2, y2 = (float(item.findtext(f"bndbox/{tag}") or "") for tag in ("xmin", "ymin", "xmax", "ymax"))
    name = (item.findtext("name") or "").strip()
    if not name:
        raise ValueError
    return x1, y1, x2, y2, name
