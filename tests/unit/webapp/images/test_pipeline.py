"""I2: one function from any source to the served bytes, which carry nothing but the picture."""

import io

import numpy as np
import pytest
from PIL import Image as Pillow

from webapp.images.pipeline import CommonPath, fitted, render

GRADIENT = np.tile(np.arange(256, dtype=np.uint8), (64, 1))
QUIET = CommonPath(noise=0.0, quality=100)


def opened(data: bytes) -> np.ndarray:
    return np.asarray(Pillow.open(io.BytesIO(data)).convert("RGB"))


@pytest.mark.parametrize(
    "picture",
    [
        GRADIENT,
        GRADIENT.astype(np.uint16) * 257,
        GRADIENT / 255,
        np.dstack([GRADIENT] * 3),
    ],
    ids=["uint8", "uint16", "float", "rgb"],
)
def test_all_depths_come_out_alike(picture):
    served = render(picture, QUIET, seed=1)
    assert (served.width, served.height, served.scale) == (256, 64, 1.0)
    assert np.abs(opened(served.bytes)[..., 0].astype(int) - GRADIENT).max() <= 12


def test_grey_stored_as_colour_makes_the_same_bytes_as_grey():
    path = CommonPath(noise=3.0)
    assert render(GRADIENT, path, seed=5).bytes == render(np.dstack([GRADIENT] * 3), path, seed=5).bytes


def test_the_bytes_are_webp_without_metadata():
    image = Pillow.open(io.BytesIO(render(GRADIENT, CommonPath()).bytes))
    assert image.format == "WEBP"
    assert not {"exif", "icc_profile", "xmp", "comment"} & set(image.info)


def test_noise_is_another_one_each_time_and_hides_the_comb_of_grey_levels():
    comb = (GRADIENT // 16) * 16
    one, other = render(comb, CommonPath(quality=100)), render(comb, CommonPath(quality=100))
    assert one.bytes != other.bytes
    assert one.seed != other.seed
    assert len(np.unique(opened(one.bytes))) > 100


def test_large_pictures_shrink_to_the_bound_and_small_ones_never_grow():
    path = CommonPath(max_side=512)
    assert fitted(4000, 2000, path=path) == (512, 256)
    assert fitted(40, 30, path=path) == (40, 30)
    assert fitted(400, 300, path=CommonPath(factor=0.75)) == (300, 225)


def test_pixels_that_are_not_square_become_square():
    assert fitted(100, 20, path=CommonPath(), aspect=5.0) == (100, 100)
    assert fitted(20, 100, path=CommonPath(), aspect=0.2) == (100, 100)


def test_a_set_of_one_size_is_served_at_it():
    served = render(np.zeros((40, 40), dtype=np.uint8), QUIET, size=(96, 96))
    assert (served.width, served.height) == (96, 96)


@pytest.mark.parametrize("shape", [(4,), (4, 4, 2), (0, 4)])
def test_other_shapes_are_refused_in_one_sentence(shape):
    with pytest.raises(ValueError, match=r"^Expected a picture of shape .*; got \["):
        render(np.zeros(shape, dtype=np.uint8), QUIET)


def test_a_path_beyond_reason_is_refused():
    with pytest.raises(ValueError, match="Expected quality of the common path from 50 to 100; got 5."):
        CommonPath(quality=5)
