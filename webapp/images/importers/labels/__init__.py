"""Readers of label files, one file a format; in order, the first that claims a file reads it."""

from webapp.images.importers.labels.base import LabelReader
from webapp.images.importers.labels.csv_table import CsvTable
from webapp.images.importers.labels.json_files import JsonFiles
from webapp.images.importers.labels.voc import PascalVoc
from webapp.images.importers.labels.yolo import Yolo


def readers() -> list[LabelReader]:
    """Fresh readers: they remember what belongs to one import, such as the names of classes."""
    return [CsvTable(), JsonFiles(), PascalVoc(), Yolo()]
