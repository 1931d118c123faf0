import pytest

from quality.domain.prevalence import IMAGINED, prevalence


def test_many_tasks_say_how_common_a_class_is():
    assert prevalence([{"cat": 1.0}] * 95, ["cat", "dog"]) == pytest.approx({"cat": 0.975, "dog": 0.025})


def test_the_first_task_hardly_moves_it():
    assert prevalence([{"cat": 1.0}], ["cat", "dog"])["cat"] == pytest.approx((1 + IMAGINED / 2) / (1 + IMAGINED))


def test_before_anything_was_said_there_is_none():
    assert prevalence([], ["cat", "dog"]) == {}


def test_a_label_that_only_votes_know_keeps_its_share():
    assert sum(prevalence([{"cow": 0.4, "cat": 0.6}], ["cat"]).values()) == pytest.approx(1)
