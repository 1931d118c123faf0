"""Opening PNG, JPEG, TIFF, BMP, GIF and WebP: any depth, palette, alpha, CMYK, EXIF orientation, several pages."""

from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from PIL import Image as Pillow
from PIL import ImageOps, ImageSequence, UnidentifiedImageError

from webapp.images.sandbox.limits import MAX_PAGES, BadFile, check_picture

FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "GIF", "WEBP")
Pillow.MAX_IMAGE_PIXELS = None  # checked by our own limit, before anything is decoded
_CLEAR = 0.97  # share of pixels that a mask stored as JPEG leaves near black or white
_REDUCED = 1  # bit of TIFF's NewSubfileType: a smaller version of another page


def read(*, path: str, out: Path) -> dict[str, Any]:
    """Each page as uint8 [h, w] or [h, w, 3], uint16 [h, w] or [h, w, 3], or float32 [h, w]; `pages`: file names."""
    try:
        arrays = _pillow_pages(path)
        return {"pages": _saved(arrays, out)}
    except (UnidentifiedImageError, OSError, ValueError, TypeError):
        with open(path, "rb") as file:
            if file.read(4) not in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
                raise
    return {"pages": _saved(_tiff_pages(path), out)}  # deep colour, rare compressions


def read_labels(*, path: str, out: Path, page: int = 0) -> dict[str, Any]:
    """A page as numbers [h, w]: palette indices stay indices; RGB counts where its channels are equal."""
    with Pillow.open(path, formats=FORMATS) as image:
        check_picture(*image.size)
        pages = getattr(image, "n_frames", 1)
        if page >= pages:
            raise BadFile(f"Expected a page of labels for each page of the picture; got {pages}.")
        image.seek(page)
        counts = image.mode in ("1", "L", "P", "I", "I;16", "I;16B", "F")
        array = np.asarray(image if counts else image.convert("RGB"))
        lossy = image.format in {"JPEG", "MPO"}
    if lossy:
        array = _two_valued(array)
    if array.ndim == 3:
        if not (np.array_equal(array[..., 0], array[..., 1]) and np.array_equal(array[..., 0], array[..., 2])):
            raise BadFile("Expected a label picture with one number a pixel; got colours.")
        array = array[..., 0]
    np.save(out / "labels.npy", array if array.dtype.kind == "f" else array.astype(np.int32))
    return {"array": "labels.npy"}


def _two_valued(array: np.ndarray) -> np.ndarray:
    """A black and white mask that went through JPEG, as 0 and 255 [h, w]; other labels do not survive that."""
    grey = array if array.ndim == 2 else array.mean(axis=2)
    if float(((grey < 64) | (grey > 191)).mean()) < _CLEAR:
        raise BadFile("Expected labels without lossy compression (PNG, TIFF); JPEG has blurred these numbers.")
    return np.where(grey > 127, 255, 0).astype(np.uint8)


def _saved(arrays: Any, out: Path) -> list[str]:
    names: list[str] = []
    for array in arrays:
        if len(names) >= MAX_PAGES:
            raise BadFile(f"Expected at most {MAX_PAGES} pages in a file; got more.")
        names.append(f"{len(names):05}.npy")
        np.save(out / names[-1], np.ascontiguousarray(array))
    if not names:
        raise BadFile("Expected at least one picture in the file; got none.")
    return names


def _pillow_pages(path: str) -> Any:
    with Pillow.open(path, formats=FORMATS) as image:
        size = image.size
        check_picture(*size)
        animated = image.format in {"GIF", "WEBP", "PNG", "MPO"}
        for page in ImageSequence.Iterator(image):
            flags = int(getattr(page, "tag_v2", {}).get(254, 0)) if image.format == "TIFF" else 0
            if flags & _REDUCED or _halved(size, page.size):
                continue
            check_picture(*page.size)
            page.load()
            yield _pixels(ImageOps.exif_transpose(page))
            if animated:
                break  # the other pages are an animation or a preview


def _halved(first: tuple[int, int], size: tuple[int, int]) -> bool:
    """Whether a page is a smaller version of the first (a pyramid), as many scanners write without saying so."""
    return any(all(abs(f / 2**level - s) <= 1 for f, s in zip(first, size, strict=True)) for level in range(1, 12))


def _pixels(image: Pillow.Image) -> np.ndarray:
    mode = image.mode
    if mode in ("L", "RGB"):
        return np.asarray(image)
    if mode.startswith("I;16"):
        return np.asarray(image).astype(np.uint16)
    if mode in ("I", "F"):
        values = np.asarray(image)
        if mode == "I" and values.min() >= 0 and values.max() <= 65535:
            return values.astype(np.uint16)
        return values.astype(np.float32)
    if mode == "1":
        return np.asarray(image.convert("L"))
    if mode in ("LA", "PA", "RGBA", "La", "RGBa") or "transparency" in image.info:
        solid = image.convert("RGBA")
        page = Pillow.new("RGBA", solid.size, "white")
        return np.asarray(Pillow.alpha_composite(page, solid).convert("L" if mode == "LA" else "RGB"))
    return np.asarray(image.convert("RGB"))


def _tiff_pages(path: str) -> Any:
    with tifffile.TiffFile(path) as file:
        if len(file.pages) > MAX_PAGES:
            raise BadFile(f"Expected at most {MAX_PAGES} pages in a file; got {len(file.pages)}.")
        first: tuple[int, int] | None = None
        for page in file.pages:
            page = page.aspage()
            size = (page.imagewidth, page.imagelength)
            first = first or size
            if not page.is_reduced and not _halved(first, size):
                check_picture(*size)
                yield _plain(page.asarray())


def _plain(array: np.ndarray) -> np.ndarray:
    """What tifffile gives, as one of the types that `read` promises."""
    array = np.squeeze(array)
    if array.ndim == 3 and array.shape[0] in (3, 4) and array.shape[2] not in (3, 4):
        array = np.moveaxis(array, 0, 2)  # planes stored apart
    if array.ndim == 3 and array.shape[2] == 4:
        array = array[..., :3]
    if not (array.ndim == 2 or (array.ndim == 3 and array.shape[2] == 3)):
        raise BadFile(f"Expected a grey or RGB picture; got an array of shape {list(array.shape)}.")
    if array.dtype in (np.uint8, np.uint16):
        return array
    if array.dtype == bool:
        return array.astype(np.uint8) * 255
    if array.dtype.kind in "iuf" and array.ndim == 2:
        return array.astype(np.float32)
    raise BadFile(f"Expected 8 or 16 bits a colour; got {array.dtype}.")
