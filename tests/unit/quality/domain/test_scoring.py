import pytest

from quality.domain.consensus import Fused
from quality.domain.scoring import KnownAnswer, RoundScore, score_answer, score_round

SIZE = (50, 50)
CAT, DOG, UNSURE = {"kind": "class", "label": "cat"}, {"kind": "class", "label": "dog"}, {"kind": "cannot_tell"}
BOX = {"kind": "box", "boxes": [[0, 0, 10, 10, "cell"]]}


def others(answer, uncertainty, **probabilities):
    return Fused(answer, probabilities, uncertainty, [], "test")


def score(answer, evidence, kind="class"):
    return score_answer(answer, kind=kind, evidence=evidence, expected=0.7, size=SIZE)


def test_against_a_known_answer_the_rubric_decides():
    assert score(CAT, KnownAnswer(CAT)) == 1
    assert score(DOG, KnownAnswer(CAT)) == 0


def test_where_there_is_no_evidence_it_pays_the_expected_score():
    assert score(CAT, None) == 0.7


def test_against_others_a_label_pays_its_probability():
    evidence = others(CAT, 0.2, cat=0.9, dog=0.1)

    assert score(CAT, evidence) == 0.9
    assert score(DOG, evidence) == 0.1
    assert score({"kind": "class", "label": "owl"}, evidence) == 0


def test_unsure_others_pull_towards_the_expected_score():
    assert score(BOX, others(BOX, 0.0), "box") == 1
    assert score(BOX, others(BOX, 0.5), "box") == pytest.approx(0.85)
    assert score({"kind": "nothing"}, others(BOX, 0.5), "box") == pytest.approx(0.35)


def test_an_honest_cannot_tell_pays_most_where_others_are_at_a_loss():
    pays = [score(UNSURE, evidence) for evidence in (KnownAnswer(CAT), None, others(CAT, 1.0))]

    assert pays == [pytest.approx(0.28), pytest.approx(0.455), pytest.approx(0.63)]


def test_known_region_is_respected():
    truth = KnownAnswer(BOX, {"boxes": [[0, 0, 20, 20]]})
    thorough = {"kind": "box", "boxes": [[0, 0, 10, 10, "cell"], [30, 30, 40, 40, "cell"]]}

    assert score(thorough, truth, "box") == 1


@pytest.mark.parametrize(
    ("scores", "paid"),
    [
        ([1.0] * 10, RoundScore(100, 100)),
        ([1.0] * 8 + [0.0] * 2, RoundScore(80, 65)),
        ([0.5] * 10, RoundScore(50, 25)),
        ([0.0] * 10, RoundScore(0, 0)),
        ([0.72], RoundScore(70, 50)),
    ],
)
def test_round_scores_come_in_fives_and_points_favour_quality(scores, paid):
    assert score_round(scores) == paid


def test_a_round_without_answers_is_an_error():
    with pytest.raises(ValueError, match="no score"):
        score_round([])
