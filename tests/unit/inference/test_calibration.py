"""Scores set right, and how far they were off."""

import numpy as np
import pytest

from inference.engine.calibration import Calibration, fit, reliability


def test_the_map_by_hand():
    # logit(.8) = ln 4; twice that is ln 16, and sigmoid(ln 16 - ln 4) = 4 / 5
    assert Calibration(2.0, -np.log(4))(0.8) == pytest.approx(0.8)
    assert Calibration(2.0, 0.0)(0.8) == pytest.approx(16 / 17)
    assert Calibration()(0.37) == pytest.approx(0.37)
    assert 0 <= Calibration(3.0, 1.0)(0.0) < 1e-6
    assert 1 - 1e-6 < Calibration(3.0, 1.0)(1.0) <= 1


def test_order_is_kept_and_nothing_else_is_accepted():
    scores = np.linspace(0.01, 0.99, 50)
    assert (np.diff([Calibration(0.4, -2.0)(s) for s in scores]) > 0).all()
    for wrong in ((0.0, 0.0), (-1.0, 0.0), (1.0, np.nan)):
        with pytest.raises(ValueError, match="slope above 0 and finite"):
            Calibration(*wrong)


def test_fitting_finds_the_map_that_made_the_figures():
    made = Calibration(1.4, -1.2)
    scores = np.random.default_rng(0).uniform(0.6, 0.99, 500)
    realised = np.array([made(s) for s in scores])
    found = fit(scores, realised)
    assert (found.slope, found.intercept) == pytest.approx((1.4, -1.2), abs=0.02)


def test_a_better_score_never_means_a_worse_mask_even_where_the_figures_say_so():
    found = fit(np.array([0.5, 0.6, 0.7, 0.8]), np.array([0.9, 0.8, 0.7, 0.6]))
    assert found.slope > 0
    assert found(0.65) == pytest.approx(0.75, abs=0.01)


def test_reliability_by_hand():
    scores, realised = np.repeat([0.5, 0.9], 10), np.repeat([0.5, 0.7], 10)
    found = reliability(scores[::-1].copy(), realised[::-1].copy())
    assert (found["n"], found["believed"], found["realised"], found["error"]) == (20, 0.7, 0.6, 0.1)
    assert found["bins"][0] == {"n": 2, "believed": 0.5, "realised": 0.5}
    assert found["bins"][-1] == {"n": 2, "believed": 0.9, "realised": 0.7}
    assert reliability(np.array([]), np.array([]))["error"] is None
