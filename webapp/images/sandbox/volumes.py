"""Opening NIfTI (1 and 2, single files and pairs), NRRD and MetaImage volumes."""

from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np

from webapp.images.sandbox.limits import BadFile, check_volume

KEPT_TYPES = (np.uint8, np.int16, np.uint16, np.int32, np.float32)


def read(*, path: str, out: Path) -> dict[str, Any]:
    """A 3-D volume as `array` [ni, nj, nk] (rescaled values) with `affine`: voxel indices to millimetres, RAS+, 4x4."""
    values, affine = read_values(path)
    affine = np.asarray(affine, dtype=float)
    if not np.isfinite(affine).all() or abs(np.linalg.det(affine[:3, :3])) < 1e-9:
        raise BadFile("Expected an affine that says where the voxels lie; got one that cannot be inverted.")
    np.save(out / "volume.npy", kept(values))
    return {"array": "volume.npy", "affine": affine.tolist()}


def read_values(path: str) -> tuple[np.ndarray, np.ndarray]:
    """Rescaled values [ni, nj, nk] and the affine as the file states it."""
    return _read_itk(path) if path.lower().endswith((".nrrd", ".mha")) else _read_nifti(path)


def kept(values: np.ndarray) -> np.ndarray:
    """The values in one of the types that every reader of NIfTI knows."""
    if values.dtype.newbyteorder("=") in KEPT_TYPES:
        return values.astype(values.dtype.newbyteorder("="), copy=False)
    if values.dtype.kind in "iub" and values.size and int(values.min()) >= -(2**31) and int(values.max()) < 2**31:
        return values.astype(np.int32 if values.max() > 32767 or values.min() < -32768 else np.int16)
    return values.astype(np.float32)


def _read_nifti(path: str) -> tuple[np.ndarray, np.ndarray]:
    try:
        image = nib.load(path)
    except nib.filebasedimages.ImageFileError:
        raise BadFile("Expected a NIfTI file; its header is none.") from None
    except nib.spatialimages.HeaderDataError:
        raise BadFile("Expected a NIfTI header of a known data type; got one that does not exist.") from None
    if not isinstance(image, nib.Nifti1Image | nib.Nifti1Pair):
        raise BadFile(f"Expected NIfTI, which says which side is left; got {type(image).__name__}.")
    shape = _three(image.shape)
    dtype = image.get_data_dtype()
    if dtype.kind not in "iuf":
        raise BadFile(f"Expected one real number a voxel; got {'colours' if dtype.names else dtype.name}.")
    check_volume(shape)
    try:
        _check_size(image, path)
        return np.asarray(image.dataobj).reshape(shape, order="F"), image.affine
    except FileNotFoundError:
        raise BadFile("Expected a pair of .hdr and .img files; the other one is missing.") from None


def _three(shape: tuple[int, ...]) -> tuple[int, ...]:
    sides = [int(side) for side in shape]
    while len(sides) > 3 and sides[-1] == 1:
        sides.pop()
    if len(sides) != 3:
        how = ": split it into volumes first" if len(sides) > 3 else ""
        raise BadFile(f"Expected three dimensions; got {len(sides)} ({' x '.join(map(str, sides))}){how}.")
    return tuple(sides)


def _check_size(image: Any, path: str) -> None:
    """A header may claim anything: uncompressed, the file must hold what it says."""
    if path.lower().endswith(".gz"):
        return
    data = Path(image.file_map["image"].filename or path)
    wanted = int(np.prod(image.shape, dtype=np.int64)) * image.get_data_dtype().itemsize
    if data.stat().st_size < wanted:
        raise BadFile(f"Expected {wanted} bytes of voxels, as its header says; the file holds {data.stat().st_size}.")


def _read_itk(path: str) -> tuple[np.ndarray, np.ndarray]:
    """NRRD and MetaImage, with the data in the file itself: a header must not name other files."""
    import SimpleITK as sitk

    with open(path, "rb") as file:
        head = file.read(65536).lower()
    if b"data file:" in head or b"datafile:" in head or (b"elementdatafile" in head and b"local" not in head):
        raise BadFile("Expected the voxels in the file itself; its header points to another file.")
    reader = sitk.ImageFileReader()
    reader.SetImageIO("NrrdImageIO" if path.lower().endswith(".nrrd") else "MetaImageIO")
    reader.SetFileName(path)
    reader.ReadImageInformation()
    shape = _three(tuple(reader.GetSize()))
    if reader.GetNumberOfComponents() != 1:
        raise BadFile(f"Expected one real number a voxel; got {reader.GetNumberOfComponents()}.")
    check_volume(shape)
    image = reader.Execute()
    values = sitk.GetArrayFromImage(image)
    affine = np.eye(4)
    affine[:3, :3] = np.array(image.GetDirection()).reshape(3, 3) * np.array(image.GetSpacing())
    affine[:3, 3] = image.GetOrigin()
    return values.reshape(values.shape[-3:]).transpose(2, 1, 0), np.diag([-1, -1, 1, 1]) @ affine
