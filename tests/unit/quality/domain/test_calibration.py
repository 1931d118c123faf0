"""The reliability diagram and its error, by hand and simulated."""

import numpy as np
import pytest

from quality.domain.calibration import calibration


def test_bins_by_hand():
    found = calibration([0.75, 0.75, 0.75, 0.75, 1.0], [1, 1, 1, 0, 1], rng=np.random.default_rng(0))

    assert [(b.low, b.high, b.estimated, b.realised, b.n) for b in found.bins] == [
        (0.7, 0.8, 0.75, 0.75, 4),
        (0.9, 1.0, 1.0, 1.0, 1),
    ]
    assert (found.error, found.n) == (0, 5)
    assert found.bins[0].floor < 0.75 < found.bins[0].ceiling


def test_honest_probabilities_err_as_chance_has_it_and_boasting_ones_more():
    rng = np.random.default_rng(1)
    sure = rng.uniform(0.5, 1, 2000)
    honest = calibration(sure, rng.random(2000) < sure, rng=rng)
    boasting = calibration(np.minimum(sure + 0.15, 1), rng.random(2000) < sure, rng=rng)

    assert honest.error < 2 * honest.by_chance
    assert boasting.low > honest.high
    assert boasting.error == pytest.approx(np.mean(np.minimum(sure + 0.15, 1) - sure), abs=0.02)


def test_qualities_in_between_have_no_chance_level():
    assert calibration([0.9, 0.8], [0.85, 1], is_binary=False, rng=np.random.default_rng(0)).by_chance is None


def test_nothing_to_check_is_refused():
    with pytest.raises(ValueError, match="one confidence an answer"):
        calibration([], [], rng=np.random.default_rng(0))
