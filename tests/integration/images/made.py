"""Files made on the spot: what tests of imports are fed with."""

from pathlib import Path

import nibabel as nib
import numpy as np
import pydicom
from PIL import Image as Pillow
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid


def picture(path: Path, *, seed: int = 0, size: tuple[int, int] = (64, 48)) -> np.ndarray:
    """A PNG or whatever the ending says, of noise, (width, height) as given; returns its pixels."""
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    Pillow.fromarray(pixels).save(path)
    return pixels


def nifti(path: Path, values: np.ndarray, affine: np.ndarray, description: str = "") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    image = nib.Nifti1Image(values, affine)
    image.header["descrip"] = description.encode()
    nib.save(image, path)


def dicom(path: Path, *, depth: float, patient: str, series: str, number: int = 1, **tags: object) -> np.ndarray:
    """An axial CT slice of 32 x 24 pixels at that depth (mm); returns its stored values."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = CTImageStorage
    meta.MediaStorageSOPInstanceUID = generate_uid()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    data.SOPClassUID, data.SOPInstanceUID = CTImageStorage, meta.MediaStorageSOPInstanceUID
    data.PatientName, data.PatientID, data.PatientBirthDate = f"{patient}^Quentin", f"ID-{patient}", "19610302"
    data.InstitutionName, data.SeriesInstanceUID, data.Modality = f"{patient} Hospital", series, "CT"
    data.Rows, data.Columns, data.InstanceNumber = 24, 32, number
    data.BitsAllocated = data.BitsStored = 16
    data.HighBit, data.PixelRepresentation, data.SamplesPerPixel = 15, 1, 1
    data.PhotometricInterpretation = "MONOCHROME2"
    data.RescaleSlope, data.RescaleIntercept = 1, -1024
    data.ImageOrientationPatient, data.PixelSpacing = [1, 0, 0, 0, 1, 0], [2, 1]
    data.ImagePositionPatient, data.SliceThickness = [-16, -24, depth], 3.2
    values = np.random.default_rng(int(depth * 10) + 7).integers(900, 1300, (24, 32)).astype(np.int16)
    data.PixelData = values.tobytes()
    for name, value in tags.items():
        setattr(data, name, value)
    path.parent.mkdir(parents=True, exist_ok=True)
    pydicom.dcmwrite(path, data)
    return values
