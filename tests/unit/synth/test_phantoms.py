import numpy as np
import pytest

from synth.phantoms import abdomen, shapes, solids
from synth.phantoms.cells import BY_KEY, KINDS, paint
from synth.phantoms.cytology import Slide, _place, crop_light, draw_crop, draw_field


def slide(seed: int = 1) -> Slide:
    return Slide.draw(np.random.default_rng(seed), "slide")


def test_the_same_seed_draws_the_same_picture_and_another_seed_another() -> None:
    def crop(seed: int) -> np.ndarray:
        return draw_crop(np.random.default_rng(seed), slide(), BY_KEY["eosinophil"])

    assert np.array_equal(crop(5), crop(5))
    assert not np.array_equal(crop(5), crop(6))
    assert crop(5).shape == (128, 128, 3)
    assert crop(5).dtype == np.uint8


def mean_of(key: str, seeds: range) -> np.ndarray:
    """Mean light of the middle 16 px over several cells of a kind."""
    lights = [crop_light(np.random.default_rng(s), slide(), BY_KEY[key])[24:40, 24:40] for s in seeds]
    return np.mean(lights, axis=(0, 1, 2))


def test_kinds_look_as_their_names_say() -> None:
    red, _, blue = mean_of("eosinophil", range(6))
    assert red > blue  # red grains
    _, _, blue_of_macrophage = mean_of("macrophage", range(6))
    _, _, blue_of_lymphocyte = mean_of("lymphocyte", range(6))
    assert blue_of_macrophage > blue_of_lymphocyte  # pale and foamy against nearly all nucleus
    rng = np.random.default_rng(0)
    areas = {k.key: np.mean([(paint(rng, k, 4.0)[1] > 0.5).sum() for _ in range(5)]) for k in KINDS}
    assert max(areas, key=lambda key: areas[key]) == "macrophage"
    assert min(areas, key=lambda key: areas[key]) == "lymphocyte"


def test_a_placed_cell_reports_the_box_of_what_it_covers() -> None:
    canvas = np.zeros((40, 60, 3), np.float32)
    cover = np.zeros((10, 10), np.float32)
    cover[2:8, 1:9] = 1
    assert _place(canvas, np.ones((10, 10, 3), np.float32), cover, (20, 15)) == (8.0, 6.0, 12.0, 9.0)
    assert canvas[12:18, 16:24].min() == 1
    assert canvas.sum() == 6 * 8 * 3


def test_a_cell_of_which_less_than_half_is_in_view_is_not_in_the_truth() -> None:
    density, cover = np.ones((10, 10, 3), np.float32), np.ones((10, 10), np.float32)
    canvas = np.zeros((40, 60, 3), np.float32)
    assert _place(canvas, density, cover, (-1, 20)) is None
    assert _place(canvas, density, cover, (1, 20)) == (0.0, 7.5, 3.0, 12.5)
    assert _place(canvas, density, cover, (-50, 20)) is None


def test_boxes_of_a_field_lie_inside_it_and_hold_something_darker_than_the_slide() -> None:
    field = draw_field(np.random.default_rng(4), slide(), size=160, count=5)
    assert field.pixels.shape == (160, 160, 3)
    assert field.cells
    background = np.median(field.pixels.mean(axis=2))
    for cell in field.cells:
        x1, y1, x2, y2 = cell.box
        assert 0 <= x1 < x2 <= 160
        assert 0 <= y1 < y2 <= 160
        assert field.pixels[int(y1) : int(y2), int(x1) : int(x2)].mean() < background - 8


@pytest.fixture(scope="module")
def scan() -> abdomen.Scan:
    return abdomen.draw_scan(np.random.default_rng(2), slices=4, size=(96, 72), spacing=3.9, thickness=30.0)


def test_organs_lie_where_a_radiologist_looks_for_them(scan: abdomen.Scan) -> None:
    """x grows to the patient's right, y to the front, z to the head."""
    at = {name: np.argwhere(scan.labels == value).mean(axis=0) for value, name in abdomen.LABELS.items()}
    middle = (np.array(scan.labels.shape) - 1) / 2
    assert at["liver"][0] > middle[0] > at["spleen"][0]
    assert at["kidneys"][1] < at["liver"][1]
    assert at["kidneys"][2] < at["liver"][2]
    kidneys = np.argwhere(scan.labels == 3)[:, 0]
    assert (kidneys > middle[0]).any()
    assert (kidneys < middle[0]).any()


def test_organs_have_the_density_of_tissue_and_the_corners_that_of_air(scan: abdomen.Scan) -> None:
    for value in abdomen.LABELS:
        assert 60 < np.median(scan.hu[scan.labels == value]) < 260
    assert scan.hu[0, 0].max() < -900


def test_the_window_maps_its_ends_to_black_and_white() -> None:
    assert abdomen.window(np.array([-1000.0, -160.0, 40.0, 240.0, 1500.0])).tolist() == [0, 0, 128, 255, 255]


def test_the_affine_centres_the_volume(scan: abdomen.Scan) -> None:
    middle = (np.array([96, 72, 4]) - 1) / 2
    assert np.allclose(scan.affine @ [*middle, 1], [0, 0, 0, 1])


def test_an_organ_takes_its_place_and_a_vessel_leaves_it() -> None:
    body = solids.Body((5, 1, 1), edge=0.1)
    distance = np.array([-2.0, -1, 0.5, 1, 2]).reshape(5, 1, 1)
    body.lay(distance, 100.0, 1)
    body.lay(distance + 1.5, 150.0, None)
    assert body.owner.ravel().tolist() == [1, 1, 0, 0, 0]
    body.lay(distance + 1.5, 150.0)
    assert body.owner.ravel().tolist() == [0, 1, 0, 0, 0]


def test_random_fields_have_unit_spread_everywhere() -> None:
    rng = np.random.default_rng(0)
    values = np.stack([solids.field(rng, (9, 9, 4), (4, 4, 3)) for _ in range(400)])
    assert values.shape == (400, 9, 9, 4)
    assert np.abs(values.std(axis=0) - 1).max() < 0.2


def test_cover_is_half_on_the_outline() -> None:
    assert shapes.cover(np.array([-9.0, 0.0, 9.0]), 1.0).round(3).tolist() == [1.0, 0.5, 0.0]
