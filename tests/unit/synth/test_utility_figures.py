"""The figures: scores by hand, and a test that allows for rounds which share what they train on."""

import numpy as np
import pytest
from scipy import stats

pytest.importorskip("torch")

from synth.utility.scores import METRICS, rows
from synth.utility.statistics import corrected_t
from synth.utility.summary import summary


def block(columns: slice) -> np.ndarray:
    """One label of one slice: bool[1, 1, 8, 8], rows 2-5 of those columns."""
    mask = np.zeros((1, 1, 8, 8), bool)
    mask[0, 0, 2:6, columns] = True
    return mask


def test_scores_by_hand():
    true = np.concatenate([block(slice(0, 4)), block(slice(0, 0)), block(slice(0, 4))])
    drawn = np.concatenate([block(slice(2, 6)), block(slice(0, 2)), block(slice(0, 4))])
    first, second = rows(drawn, true, ["a", "a", "b"], ("organ",))
    assert (first["source"], first["slices"]) == ("a", 1), "the slice that shows nothing has no Dice of its own"
    assert first["dice"] == pytest.approx(2 * 8 / 32)
    assert first["iou"] == pytest.approx(8 / 24)
    assert first["volume_dice"] == pytest.approx(2 * 8 / (16 + 16 + 8)), "what is drawn there counts in the volume"
    # Outlines of 12 px, two columns apart: 6 of each are within a pixel of the other's.
    assert 0 < first["surface_dice"] < 1
    assert [second[metric] for metric in METRICS] == [1, 1, 1, 1]


def test_a_source_without_the_label_has_no_row():
    empty = np.zeros((1, 1, 8, 8), bool)
    assert rows(block(slice(0, 4)), empty, ["a"], ("organ",)) == []


def test_corrected_t_by_hand():
    found = corrected_t(np.array([0.1, 0.2, 0.3]), ratio=0.5)
    # sqrt((1/3 + 1/2) * .01) = .0913; t = 2.191; with 2 degrees of freedom p = 1 - t / sqrt(2 + t^2).
    assert found.mean == pytest.approx(0.2)
    assert found.p == pytest.approx(1 - 2.19089 / np.sqrt(2 + 2.19089**2), abs=1e-5)
    assert (found.low, found.high) == pytest.approx((0.2 - 4.30265 * 0.0912871, 0.2 + 4.30265 * 0.0912871), abs=1e-5)
    assert corrected_t(np.array([0.3]), ratio=0.5).p is None
    assert corrected_t(np.zeros(4), ratio=0.5).p == 1.0


def test_rounds_that_share_a_fifth_do_not_find_what_is_not_there():
    """Differences that correlate by 1 / k, as Nadeau and Bengio take those of k folds to do."""
    rng = np.random.default_rng(0)
    k = 5
    shared, own = rng.normal(size=(4000, 1)), rng.normal(size=(4000, k))
    differences = np.sqrt(1 / k) * shared + np.sqrt(1 - 1 / k) * own
    corrected = np.mean([corrected_t(row, ratio=1 / (k - 1)).p < 0.05 for row in differences])
    plain = np.mean(stats.ttest_1samp(differences, 0, axis=1).pvalue < 0.05)
    assert corrected == pytest.approx(0.05, abs=0.012)
    assert plain > 0.09


def row(fold: int, arm: str, dice: float, **more: object) -> dict:
    metrics = dict.fromkeys(METRICS, dice)
    return (
        {"repeat": 0, "fold": fold, "arm": arm, "source": f"p{fold}", "label": "organ", "trained_on": 10}
        | metrics
        | more
    )


def test_gains_are_over_rounds_that_have_both():
    found = summary(
        [
            *(row(n, "control", dice) for n, dice in enumerate((0.4, 0.5, 0.9))),
            *(row(n, "insert", dice) for n, dice in ((0, 0.5), (1, 0.55), (1, 0.65))),
            *(row(n, "extra", 0.9) for n in range(3)),
        ],
        ("control", "insert", "slices", "extra"),
        folds=3,
    )
    by_arm = {entry["arm"]: entry for entry in found}
    assert list(by_arm) == ["control", "insert", "extra"], "no round had the other"
    insert, extra = by_arm["insert"], by_arm["extra"]
    assert by_arm["control"]["dice"] == {"mean": pytest.approx(0.6)}
    assert insert["dice"]["mean"] == pytest.approx(0.55), "each round's mean first"
    assert insert["dice"]["difference"] == pytest.approx(0.1), "the third round is not compared"
    assert insert["dice"]["gain"] == pytest.approx(100 * 0.1 / 0.45)
    assert insert["rounds"] == 2
    assert extra["dice"]["gain"] == pytest.approx(50)
    ps = sorted((arm["dice"]["p"], arm["dice"]["p_holm"]) for arm in (insert, extra))
    assert ps[0][1] == pytest.approx(2 * ps[0][0]), "the smaller of two is doubled"
    assert ps[1][1] == pytest.approx(max(2 * ps[0][0], ps[1][0])), "the larger stays, but not below it"
