"""How many bytes a picture takes in each codec an attacker may try: smooth pictures are small ones."""

import io

import numpy as np
from PIL import Image as PillowImage

CODECS: dict[str, tuple[str, dict[str, object]]] = {
    "PNG": ("PNG", {}),
    "JPEG 95": ("JPEG", {"quality": 95, "subsampling": 0}),
    "JPEG 75": ("JPEG", {"quality": 75}),
    "WebP 90": ("WEBP", {"quality": 90, "method": 2}),
    "WebP 60": ("WEBP", {"quality": 60, "method": 2}),
    "WebP lossless": ("WEBP", {"lossless": True, "method": 0}),
    "JPEG 2000": ("JPEG2000", {}),
}


def measure(pixels: np.ndarray) -> np.ndarray:
    """float64[7] of uint8[h, w, 3]: natural logarithms of the sizes, in the order of `CODECS`."""
    picture = PillowImage.fromarray(pixels)
    sizes = []
    for codec, options in CODECS.values():
        file = io.BytesIO()
        picture.save(file, codec, **options)
        sizes.append(len(file.getvalue()))
    return np.log(sizes)
