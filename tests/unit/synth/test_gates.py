import numpy as np
import pytest

from synth.data import DataError, Labelled
from synth.memorisation import gate as memorisation
from synth.realism import attack, features
from synth.realism.common_path import CommonPath, serve
from synth.realism.table import tabulate


def labelled(pixels: np.ndarray, groups: int) -> Labelled:
    n = len(pixels)
    return Labelled(pixels, np.zeros(n, np.int64), ("cell",), tuple(f"slide {i % groups}" for i in range(n)), ())


def pictures(seed: int, n: int, noise: float) -> np.ndarray:
    """Grey pictures 32 px with a blob and noise of the given sd."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:32, :32]
    blob = 60 * np.exp(-((x - 16) ** 2 + (y - 16) ** 2) / 60)
    light = 200 - blob + rng.normal(0, noise, (n, 32, 32))
    return np.clip(np.rint(light), 0, 255).astype(np.uint8)[..., None].repeat(3, axis=3)


def test_area_of_hand_made_scores() -> None:
    target = np.array([True, True, False, False])
    assert attack.area(np.array([4.0, 3.0, 2.0, 1.0]), target).auc == 1.0
    assert attack.area(np.array([1.0, 3.0, 2.0, 4.0]), target).auc == 0.25
    assert attack.area(np.array([1.0, 1.0, 1.0, 1.0]), target).auc == 0.5


def test_a_bound_is_one_and_two_thirds_errors_above_the_area() -> None:
    assert attack.Area(0.5, 0.02).upper == pytest.approx(0.5329)


def test_no_source_is_split_between_folds() -> None:
    fold = attack.folds(["a", "b", "a", "c", "b"], 2, np.random.default_rng(0))
    assert fold[0] == fold[2]
    assert fold[1] == fold[4]


def test_logistic_regression_finds_the_direction() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 2))
    weights = attack.fit(x, x[:, 0] + 0.1 * rng.normal(size=400) > 0)
    assert weights[0] > 5 * abs(weights[1])


def test_every_feature_has_a_name_and_is_finite() -> None:
    flat = np.full((32, 32, 3), 255, np.uint8)
    for pixels in (flat, pictures(0, 1, 5)[0]):
        row = features.describe(pixels, 1000)
        assert row.shape == (len(features.NAMES),) == (23,)
        assert np.isfinite(row).all()


def test_smoothed_noise_shows_in_the_features() -> None:
    path = CommonPath(noise=0.0, quality=100)
    seen = tabulate(labelled(pictures(2, 40, 3.0), 8), labelled(pictures(1, 40, 4.0), 8), path)
    noise = features.NAMES.index("noise")
    assert attack.area(seen.features[:, noise], seen.generated).auc < 0.01


def test_the_common_path_keeps_the_size_or_shrinks_it() -> None:
    pixels = pictures(0, 1, 3)[0]
    served, size = serve(pixels, CommonPath(factor=0.75), np.random.default_rng(0))
    assert served.shape == (24, 24, 3)
    assert size > 0


def test_a_turned_copy_of_a_training_picture_is_found() -> None:
    rng = np.random.default_rng(0)
    trained = labelled(rng.integers(0, 255, (60, 16, 16, 3), dtype=np.uint8), 6)
    fresh = rng.integers(0, 255, (20, 16, 16, 3), dtype=np.uint8)
    report, copied = memorisation.judge(labelled(fresh, 4), trained)
    assert report["passed"]
    fresh[7] = np.rot90(trained.pixels[3])
    fresh[9] = trained.pixels[5][:, ::-1]
    report, copied = memorisation.judge(labelled(fresh, 4), trained)
    assert np.flatnonzero(copied).tolist() == [7, 9]
    assert not report["passed"]


def test_pictures_of_one_source_alone_cannot_be_judged() -> None:
    one = labelled(pictures(0, 8, 4), 1)
    with pytest.raises(DataError, match="two sources"):
        memorisation.judge(one, one)
