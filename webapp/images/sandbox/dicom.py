"""Opening DICOM: what a file is, and its pixels as values or as a picture.

No identifying tag leaves this process but the patient's and series' identifiers, which the importer hashes at once.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError
from pydicom.pixels import apply_color_lut, apply_modality_lut, apply_voi, pixel_array
from pydicom.uid import UID

from webapp.images.sandbox.limits import MAX_PAGES, BadFile, check_picture, check_volume

# What is stored as DICOM and is no picture to be annotated, by the beginning or a part of its storage class's name.
NOT_PICTURES = ("Segmentation", "RT ", "SR Storage", "SR Stor", " SR", "Presentation State", "Key Object", "Waveform",
                "Encapsulated", "Raw Data", "Media Storage Directory", "Annotations", "Registration", "Fiducials",
                "Parametric Map", "Spectroscopy", "Measurement", "Report", "Procedure Log", "Label Map")  # fmt: skip


def read_header(*, path: str, out: Path) -> dict[str, Any]:
    """What the importer groups by: identifiers, size, geometry (of the file, or of each frame), modality.

    Raises `BadFile` where it is no DICOM file or no picture.
    """
    data = _dataset(path, pixels=False)
    kind = UID(str(data.get("SOPClassUID", ""))).name
    if not kind or kind[0].isdigit():  # storage classes that the library does not know yet
        kind = f"file of modality {data.get('Modality', '')}"
    if any(part in kind for part in NOT_PICTURES) or str(data.get("Modality", "")) in {
        "SEG",
        "RTSTRUCT",
        "SR",
        "PR",
        "KO",
    }:
        if "Segmentation" in kind or "Structure Set" in kind or str(data.get("Modality", "")) in {"SEG", "RTSTRUCT"}:
            raise BadFile(
                f"Expected a picture; got a DICOM {kind}: bring its labels as a volume, or a folder of pictures."
            )
        raise BadFile(f"Expected a picture; got a DICOM {kind}.")
    if not data.get("Rows") or not data.get("Columns"):
        raise BadFile("Expected a picture; got a DICOM file without any (it states no rows and columns).")
    check_picture(int(data.Columns), int(data.Rows))
    frames = _frames(data)
    return {
        "sop": kind,
        "series": str(data.get("SeriesInstanceUID", "")),
        "patient": str(data.get("PatientID", "") or data.get("PatientName", "") or data.get("StudyInstanceUID", "")),
        "modality": str(data.get("Modality", ""))[:16],
        "burned_in": str(data.get("BurnedInAnnotation", "")).upper(),
        "rows": int(data.Rows),
        "columns": int(data.Columns),
        "frames": frames,
        "grey": str(data.get("PhotometricInterpretation", "")).startswith("MONOCHROME"),
        "inverted": data.get("PhotometricInterpretation") == "MONOCHROME1",
        "instance": _integer(data.get("InstanceNumber")),
        "window": _window(data),
        "planes": _planes(data, frames),
    }


def read_stack(*, files: list[dict[str, Any]], out: Path) -> dict[str, Any]:
    """Slices of one size, in order, as `array` [columns, rows, n] of rescaled values.

    `files`: [{"path", "frame"}]. `kept`: positions in `files` that could be read; `refused`: {position: sentence}.
    """
    refused: dict[int, str] = {}
    kept: list[int] = []
    stack: np.memmap | None = None
    whole = True
    low, high = np.inf, -np.inf
    for position, entry in enumerate(files):
        try:
            values = _values(_dataset(entry["path"]), entry["frame"])
        except BadFile as error:
            refused[position] = str(error)
            continue
        if stack is None:
            check_volume((*values.shape, len(files)))
            shape = (values.shape[1], values.shape[0], len(files))
            stack = np.lib.format.open_memmap(out / "float.npy", "w+", np.float32, shape, fortran_order=True)
        if values.T.shape != stack.shape[:2]:
            wanted = f"{stack.shape[0]} x {stack.shape[1]} pixels, as in its series"
            refused[position] = f"Expected {wanted}; got {values.shape[1]} x {values.shape[0]}."
            continue
        stack[:, :, len(kept)] = values.T
        whole = whole and bool((values == np.rint(values)).all())
        low, high = min(low, float(values.min())), max(high, float(values.max()))
        kept.append(position)
    if stack is None:
        return {"array": "", "kept": [], "refused": refused}
    small = whole and low >= -32768 and high <= 32767
    _pack(stack, out / "volume.npy", len(kept), np.int16 if small else np.float32)
    return {"array": "volume.npy", "kept": kept, "refused": refused}


def read_frames(*, path: str, out: Path, start: int, stop: int | None, step: int) -> dict[str, Any]:
    """Frames of a picture that is part of no volume, ready to be looked at: uint8 [h, w, 3] or values [h, w] float32.

    `window`: [low, high] of what the file or its depth says, null where percentiles have to decide; `inverted`.
    """
    data = _dataset(path)
    chosen = range(_frames(data))[start:stop:step]
    if len(chosen) > MAX_PAGES:
        raise BadFile(f"Expected at most {MAX_PAGES} frames in a file; got {len(chosen)}.")
    pages = []
    window = _window(data)
    for number in chosen:
        array = _shown(data, number)
        if "VOILUTSequence" in data and array.ndim == 2 and window is None:
            array = apply_voi(np.rint(array).astype(np.int32), data).astype(np.float32)
            window = [0.0, float(2 ** int(data.VOILUTSequence[0].LUTDescriptor[2]) - 1)]
        pages.append({"array": f"{number:05}.npy", "frame": number})
        np.save(out / f"{number:05}.npy", array)
    if window is None and int(data.get("BitsAllocated", 16)) == 8 and "RescaleSlope" not in data:
        window = [0.0, 255.0]
    return {"pages": pages, "window": window, "inverted": data.get("PhotometricInterpretation") == "MONOCHROME1"}


def _dataset(path: str, pixels: bool = True) -> Dataset:
    try:
        return pydicom.dcmread(path, stop_before_pixels=not pixels)
    except InvalidDicomError:
        # Without the preamble anything could be meant: it has to look like a picture.
        data = pydicom.dcmread(path, stop_before_pixels=not pixels, force=True)
    except MemoryError:
        raise
    except Exception as error:
        raise BadFile(f"Expected a DICOM file; its header is damaged ({type(error).__name__}).") from None
    if not data.get("Rows") or "PhotometricInterpretation" not in data:
        raise BadFile("Expected a DICOM file; its beginning is none.")
    return data


def _pixels(data: Dataset, frame: int) -> np.ndarray:
    """Decoded pixels of one frame, [h, w] or [h, w, 3]; YBR comes as RGB."""
    if not any(name in data for name in ("PixelData", "FloatPixelData", "DoubleFloatPixelData")):
        raise BadFile("Expected a picture; got a DICOM file without pixels.")
    try:
        return pixel_array(data, index=frame)
    except MemoryError:
        raise
    except Exception:  # pydicom and its plug-ins raise many kinds
        syntax = data.file_meta.get("TransferSyntaxUID") if hasattr(data, "file_meta") else None
        how = syntax.name if syntax else "no transfer syntax"
        raise BadFile(f"Expected pixels that can be decoded; got damaged or unknown ones ({how}).") from None


def _values(data: Dataset, frame: int) -> np.ndarray:
    """Measured values of one frame as float32 [h, w]."""
    array = _pixels(data, frame)
    if array.ndim != 2:
        raise BadFile("Expected one number a pixel, as in its series; got colours.")
    group = _group(data, frame, "PixelValueTransformationSequence")
    if group is not None and "RescaleSlope" not in data:
        return array.astype(np.float32) * float(group.RescaleSlope) + float(group.RescaleIntercept)
    return np.asarray(apply_modality_lut(array, data), dtype=np.float32)


def _shown(data: Dataset, frame: int) -> np.ndarray:
    if data.get("PhotometricInterpretation") == "PALETTE COLOR":
        colours = apply_color_lut(_pixels(data, frame), data)
        return (colours >> 8 if colours.dtype == np.uint16 else colours).astype(np.uint8)[..., :3]
    array = _pixels(data, frame)
    if array.ndim == 3:
        bits = int(data.get("BitsStored", 8))
        return (array >> max(bits - 8, 0)).astype(np.uint8)
    return _values(data, frame)


def _planes(data: Dataset, frames: int) -> list[dict[str, Any]] | None:
    """Position, orientation and spacing of each frame in LPS millimetres; None where the file does not say."""
    planes = []
    for frame in range(frames):
        place = _group(data, frame, "PlanePositionSequence") or data
        turn = _group(data, frame, "PlaneOrientationSequence") or data
        measures = _group(data, frame, "PixelMeasuresSequence") or data
        plane = {
            "position": _numbers(place.get("ImagePositionPatient"), 3),
            "orientation": _numbers(turn.get("ImageOrientationPatient"), 6),
            "spacing": _numbers(measures.get("PixelSpacing"), 2),
        }
        if None in plane.values() or (frames > 1 and place is data):
            return None
        planes.append(plane)
    return planes


def _group(data: Dataset, frame: int, name: str) -> Dataset | None:
    """A functional group of an enhanced file: the frame's own, or the one that all share."""
    per_frame = data.get("PerFrameFunctionalGroupsSequence") or []
    shared = data.get("SharedFunctionalGroupsSequence") or []
    for groups in ([per_frame[frame]] if frame < len(per_frame) else []), list(shared[:1]):
        for group in groups:
            if group.get(name):
                return group[name][0]
    return None


def _window(data: Dataset) -> list[float] | None:
    voi = _group(data, 0, "FrameVOILUTSequence") or data
    try:
        level, width = (float(np.atleast_1d(voi.get(name))[0]) for name in ("WindowCenter", "WindowWidth"))
    except (TypeError, ValueError, IndexError):
        return None
    return [level - width / 2, level + width / 2] if width > 1 else None


def _frames(data: Dataset) -> int:
    return max(1, _integer(data.get("NumberOfFrames")))


def _integer(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        return 0


def _numbers(value: Any, count: int) -> list[float] | None:
    try:
        numbers = [float(v) for v in value]
    except (TypeError, ValueError):
        return None
    return numbers if len(numbers) == count and np.isfinite(numbers).all() else None


def _pack(stack: np.memmap, path: Path, count: int, dtype: type) -> None:
    """Only the slices that were read, in the smaller type where it holds every value."""
    packed = np.lib.format.open_memmap(path, "w+", dtype, (*stack.shape[:2], count), fortran_order=True)
    for index in range(count):
        packed[:, :, index] = stack[:, :, index]
    packed.flush()
