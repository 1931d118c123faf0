"""From rounds to figures, checked by hand. Monday 5 January 2026 begins a week."""

from datetime import UTC, datetime

import pytest

from webapp.game import badges
from webapp.game.figures import (
    NOTHING,
    Field,
    Played,
    Scores,
    field_of,
    figures,
    level_of,
    ranks,
    rating,
    streak,
    week_start,
)


def day(month: int, date: int, hour: int = 12) -> datetime:
    return datetime(2026, month, date, hour, tzinfo=UTC)


def test_a_week_begins_on_monday_at_midnight():
    assert week_start(day(1, 5, 0)) == day(1, 5, 0)
    assert week_start(day(1, 11, 23)) == day(1, 5, 0)


@pytest.mark.parametrize(
    ("points", "level"), [(0, 1), (99, 1), (100, 2), (299, 2), (300, 3), (599, 3), (600, 4), (999, 4), (1000, 5)]
)
def test_levels_begin_at_50_n_times_n_minus_1(points, level):
    assert level_of(points) == level


@pytest.mark.parametrize(
    ("weeks", "count"),
    [
        ([], 0),
        ([day(2, 2, 0)], 1),
        ([day(1, 26, 0)], 1),  # this week is not over yet
        ([day(2, 2, 0), day(1, 26, 0), day(1, 19, 0)], 3),
        ([day(2, 2, 0), day(1, 19, 0)], 2),  # one week off is forgiven
        ([day(1, 19, 0), day(1, 12, 0)], 2),
        ([day(2, 2, 0), day(1, 12, 0)], 1),  # two in a row are not
        ([day(1, 12, 0)], 0),
    ],
)
def test_streaks_forgive_a_week(weeks, count):
    assert streak(set(weeks), day(2, 2, 0)) == count


def test_figures_of_a_few_rounds():
    rounds = [
        Played(80, 80, day(1, 6)),
        Played(90, 90, day(1, 12)),
        Played(70, 70, day(1, 14)),
        Played(60, 60, day(1, 14)),
    ]
    found = figures(rounds, day(1, 15))
    assert (found.points, found.points_week, found.rounds, found.level) == (300, 220, 4, 3)
    assert (found.days_this_week, found.streak_weeks, found.recent_score) == (2, 2, 0.0)


def test_the_recent_score_wants_five_rounds():
    rounds = [Played(0, 0, day(1, 5))] + [Played(80, score, day(1, 6)) for score in (70, 75, 80, 85, 90)]
    assert figures(rounds, day(1, 7)).recent_score == 80.0


def of(*scores: int) -> Scores:
    return Scores(len(scores), sum(scores), sum(score**2 for score in scores))


def test_a_rating_is_what_the_mean_is_at_least():
    # (4 * 60 + 3 * 90) / 7 - 1.2816 * 15 / sqrt(7) = 72.9 - 7.3
    assert rating(of(90, 90, 90), Field(typical=60, spread=15)) == 66
    assert rating(NOTHING, Field()) == 0
    assert rating(of(*[0] * 50), Field(spread=40)) == 1


def test_one_lucky_round_wins_against_nobody_who_is_good():
    field = field_of([of(100), of(85, 90, 85, 90, 85, 90), of(*[60] * 8), of(*[70] * 8)])
    assert rating(of(100), field) < rating(of(85, 90, 85, 90, 85, 90), field)


def test_more_of_the_same_does_not_overtake_better():
    field = Field(typical=70, spread=12)
    assert rating(of(*[70] * 500), field) < rating(of(*[85] * 6), field)


def test_the_field_counts_people_as_far_as_they_are_known_and_pools_their_spread():
    found = field_of([of(*[80] * 12), of(60), NOTHING])
    assert found.typical == pytest.approx((0.75 * 80 + 0.2 * 60) / 0.95)  # 12 / 16 and 1 / 5
    assert found.spread == pytest.approx((10 * 225 / (11 + 10)) ** 0.5)
    assert field_of([]) == Field()


def test_equal_points_share_a_rank_and_none_have_none():
    assert ranks({"a": 50, "b": 80, "c": 80, "d": 10, "e": 0}) == {"b": 1, "c": 1, "a": 3, "d": 4, "e": 0}


def test_badges_come_in_order_and_stay():
    first = figures([Played(80, 80, day(1, 6))], day(1, 7))
    assert badges.earned(first, before=[]) == ["first_round"]
    assert badges.earned(first, before=["four_weeks"]) == ["first_round", "four_weeks"]
    careful = figures([Played(80, 80, day(1, 5 + n)) for n in range(5)], day(1, 10))
    assert badges.earned(careful, before=[]) == ["first_round", "three_days", "careful_eye"]
