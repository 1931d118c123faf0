"""Areas, their errors, and what follows from them."""

import numpy as np
import pytest

from quality.audit.leaks.area import RULE_OF_THREE, Area, area, auc_of
from quality.audit.leaks.table import flat, tabulate
from quality.audit.leaks.verdict import Attack, Verdict, judge, overall
from synth.realism.attack import area as delong


def blind(seed, n=200):
    rng = np.random.default_rng(seed)
    return rng.standard_normal(n), np.arange(n) % 2 == 0


def test_the_area_counts_pairs_and_ties_by_half():
    scores = np.array([1.0, 2.0, 2.0, 3.0])
    gold = np.array([False, True, False, True])

    assert auc_of(scores, gold) == 0.875  # of four pairs three are right and one is a tie


def test_without_clusters_the_error_is_that_of_delong():
    scores, gold = blind(0)
    scores[gold] += 0.7

    found, known = area(scores, gold), delong(scores, gold)

    assert found.auc == pytest.approx(known.auc)
    assert found.error == pytest.approx(known.error, rel=0.01)


def test_rows_said_four_times_are_no_more_certain():
    scores, gold = blind(1)
    again = np.tile(scores, 4), np.tile(gold, 4)
    task = list(range(200)) * 4

    assert area(*again).error == pytest.approx(area(scores, gold).error / 2, rel=0.05)
    assert area(*again, {"task": task}).error == pytest.approx(area(scores, gold).error, rel=0.05)


def test_people_who_differ_widen_the_error():
    """Four people with gold rates of their own, and a score that knows the person only."""
    rng = np.random.default_rng(2)
    person = np.repeat(np.arange(4), 100)
    gold = rng.random(400) < np.array([0.1, 0.3, 0.5, 0.7])[person]
    scores = person + 0.01 * rng.standard_normal(400)
    rows = list(range(400))

    assert area(scores, gold, {"task": rows, "person": person.tolist()}).error > 2 * area(scores, gold).error


def test_nothing_seen_in_few_tries_is_not_certainty():
    same = area(np.zeros(40), np.arange(40) < 20)

    assert same.auc == 0.5
    assert same.upper == pytest.approx(0.5 + RULE_OF_THREE / 20)


def test_one_side_alone_has_no_area():
    with pytest.raises(ValueError, match=r"needs gold and open rows; there are 3 and 0"):
        area(np.zeros(3), np.ones(3, dtype=bool))


def verdict_of(auc, error, *, shortfall="", limit=0.6, beside=0, is_early=False):
    attacks = [Attack("timing", "trees", Area(auc, error, 500, 500), limit, shortfall, is_early=is_early)]
    others = [Attack("ids", "trees", Area(0.5, 0.02, 500, 500), limit)] * beside
    return judge(attacks + others)[0]


@pytest.mark.parametrize(
    ("auc", "error", "shortfall", "verdict"),
    [
        (0.52, 0.02, "", Verdict.PASSED),
        (0.57, 0.025, "", Verdict.FAILED),  # no leak for certain, but the bound is over the limit
        (0.57, 0.05, "", Verdict.NOT_CERTIFIABLE),  # with such an error nobody could pass reliably
        (0.52, 0.02, "too few sources", Verdict.NOT_CERTIFIABLE),
        (0.75, 0.05, "too few sources", Verdict.FAILED),  # a plain leak needs no certificate
        (0.25, 0.05, "", Verdict.FAILED),  # reliably wrong
        (0.45, 0.02, "", Verdict.PASSED),
    ],
)
def test_verdicts(auc, error, shortfall, verdict):
    assert verdict_of(auc, error, shortfall=shortfall).verdict == verdict


def test_an_early_look_fails_where_it_separates_and_certifies_nothing_else():
    assert verdict_of(0.57, 0.05, is_early=True).verdict == Verdict.PASSED
    assert verdict_of(0.70, 0.05, is_early=True).verdict == Verdict.FAILED


def test_one_surprise_among_many_attacks_is_none():
    assert verdict_of(0.625, 0.05, shortfall="too few").verdict == Verdict.FAILED
    assert verdict_of(0.625, 0.05, shortfall="too few", beside=30).verdict == Verdict.NOT_CERTIFIABLE


def test_an_attack_that_could_not_be_tried_is_no_pass():
    findings = judge([Attack("networks", "high-pass", None, 0.7, "too few sources: 1")])

    assert overall(findings) == Verdict.NOT_CERTIFIABLE
    assert overall([]) == Verdict.NOT_CERTIFIABLE
    assert findings[0].to_json()["why"] == "too few sources: 1"


def test_a_table_tells_what_is_there_and_what_it_says():
    table = tabulate([{"size": 3, "kind": "a"}, {"size": 4, "kind": "b"}, {"kind": "b"}])

    columns = dict(zip(table.names, table.values.T.tolist(), strict=True))
    assert columns == {
        "kind = a": [1, 0, 0],
        "kind = b": [0, 1, 1],
        "size is there": [1, 1, 0],
        "size": [3, 4, 3.5],
    }


def test_a_key_without_a_value_is_seen():
    assert flat({"a": None, "b": [1, {"c": "x"}]}) == {"a": "null", "b.length": 2, "b.0": 1, "b.1.c": "x"}
