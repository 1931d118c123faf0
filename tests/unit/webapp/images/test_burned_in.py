"""I13: letters drawn into a picture are suspected; anatomy-like shapes are not."""

import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont
from scipy import ndimage

from webapp.images import burned_in


def tissue() -> np.ndarray:
    noise = ndimage.gaussian_filter(np.random.default_rng(3).random((256, 256)), 3)
    return ((noise - noise.min()) / np.ptp(noise) * 180 + 20).astype(np.uint8)


@pytest.mark.parametrize("size", [16, 24, 36])
@pytest.mark.parametrize("fill", [255, 0])
def test_a_name_in_a_corner_is_seen(size, fill):
    image = Pillow.fromarray(tissue())
    ImageDraw.Draw(image).text((8, 12), "DOE JANE", fill=fill, font=ImageFont.load_default(size))
    assert burned_in.shows_text(np.asarray(image))


@pytest.mark.parametrize("size", [16, 24])
def test_a_grey_name_is_seen_beside_lighter_and_darker_parts(size):
    """Neither the lightest nor the darkest of the picture, as on a scan with bone and air."""
    scan = np.where(np.hypot(*np.mgrid[-128:128, -128:128]) < 90, tissue(), 12).astype(np.uint8)
    scan[120:150, 110:150] = 255
    assert not burned_in.shows_text(scan)
    image = Pillow.fromarray(scan)
    ImageDraw.Draw(image).text((8, 6), "SMITH, JOHN", fill=150, font=ImageFont.load_default(size))
    assert burned_in.shows_text(np.asarray(image))


def test_tissue_and_blobs_are_not_text():
    assert not burned_in.shows_text(tissue())
    blobs = np.zeros((256, 256), dtype=np.uint8)
    for centre in range(20, 250, 60):
        blobs[centre : centre + 12, 100:112] = 255
    assert not burned_in.shows_text(blobs)


@pytest.mark.parametrize(
    ("modality", "storage", "tag", "expected"),
    [
        ("US", "Ultrasound Image Storage", "", True),
        ("US", "Ultrasound Image Storage", "NO", False),
        ("CT", "Secondary Capture Image Storage", "", True),
        ("CT", "CT Image Storage", "", False),
        ("CT", "CT Image Storage", "YES", True),
    ],
)
def test_what_headers_let_fear(modality, storage, tag, expected):
    assert burned_in.suspected(modality=modality, storage_class=storage, tag=tag) is expected
