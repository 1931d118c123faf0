"""Formats of pictures, one file each; in order, the first that claims a file finds the pictures in it."""

from webapp.images.importers.base import Importer
from webapp.images.importers.dicom import Dicom
from webapp.images.importers.pictures import Pictures
from webapp.images.importers.volumes import Volumes

IMPORTERS: tuple[Importer, ...] = (Dicom(), Pictures(), Volumes())
EXPECTED = "PNG, JPEG, TIFF, BMP, GIF, WebP, DICOM, NIfTI, NRRD or MetaImage"
