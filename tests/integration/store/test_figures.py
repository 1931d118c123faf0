"""Agreement and calibration of a project, as a worker works them out."""

import numpy as np
import pytest

from quality.domain import masks
from quality.store import figures
from quality.store.agreement import agreement_of
from quality.store.calibration import calibration_of
from quality.store.models import GoldTruth, ProjectFigures
from tests.factories import GoldFactory, GuestFactory, ProjectFactory, TaskFactory
from tests.players import later, play, tick
from webapp.annotations.models import Annotation
from webapp.tasks.models import Task

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wall")]

LABELS = ("cat", "dog")


def truthful(truth_of, accuracy, seed):
    rng = np.random.default_rng(seed)

    def answer(claim):
        truth = truth_of[Task.objects.get(assignments=claim.assignment_id).pk]
        return {"kind": "class", "label": truth if rng.random() < accuracy else LABELS[truth == "cat"]}

    return answer


@pytest.fixture
def played():
    """A class project with 24 open tasks, 8 of them with a held-back truth, and gold, of which a fifth of all
    that is dealt makes 6; four people, one of whom guesses."""
    project = ProjectFactory(redundancy=4)
    truth_of = {}
    for i in range(36):
        label = LABELS[i % 2]
        task = TaskFactory(project=project)
        truth_of[task.pk] = label
        if i >= 24:
            GoldFactory(task=task, answer={"kind": "class", "label": label})
        elif i < 8:
            GoldFactory(task=task, answer={"kind": "class", "label": label}, state=GoldTruth.State.HELD)
    for seed, accuracy in enumerate((0.95, 0.9, 0.9, 0.5)):
        play(GuestFactory(), project, truthful(truth_of, accuracy, seed), answers=36)
    tick()
    return project


def test_agreement_is_that_of_open_tasks_alone(played):
    """I5: gold never counts towards agreement."""
    before = agreement_of(played)
    assert before["tasks"] == before["of"] == 24
    alpha = before["rows"][0]
    assert alpha["what"].startswith("Krippendorff")
    assert alpha["by_task"][0] < alpha["value"] < alpha["by_task"][1]
    assert alpha["people"] == 4
    pairs = before["pairs"]["same label"]
    assert len(pairs) == 6
    assert all(pair["low"] <= pair["mean"] <= pair["high"] and pair["n"] == 24 for pair in pairs)

    gold = Annotation.objects.filter(task__in=GoldTruth.objects.filter(state="approved").values("task"))
    assert gold.count() >= 20
    for answer in gold:  # whatever was said of gold, agreement does not move
        Annotation.objects.filter(pk=answer.pk).update(answer={"kind": "class", "label": LABELS[answer.pk.int % 2]})
    assert agreement_of(played) == before


def test_calibration_looks_at_gold_as_if_it_were_open_and_at_held_truths(played):
    found = calibration_of(played)

    assert found["target"] == 0.95
    assert (found["gold"]["of"], found["held"]["of"], found["open"]["n"]) == (6, 8, 24)
    assert sum(found["open"]["histogram"]) == 24
    for check in (found["gold"], found["held"]):
        assert sum(b["n"] for b in check["calibration"]["bins"]) == check["of"]
        assert check["calibration"]["low"] <= check["calibration"]["error"] <= check["calibration"]["high"] + 1e-9
        assert check["release"]["good"] <= check["release"]["checked"] <= check["of"]
    assert found["open"]["released"] > 0


def test_a_wrong_release_is_seen(played):
    """Held truths that say the opposite: what is released is found to be wrong."""
    right = calibration_of(played)["held"]["release"]
    for truth in GoldTruth.objects.filter(project=played, state="held"):
        truth.answer = {"kind": "class", "label": LABELS[truth.answer["label"] == "cat"]}
        truth.save()
    wrong = calibration_of(played)["held"]["release"]

    assert right["share"] > 0.6
    assert wrong["checked"] == right["checked"]
    assert wrong["good"] == right["checked"] - right["good"]


def test_outlines(db):
    project = ProjectFactory(kind="mask", redundancy=3)
    tasks = TaskFactory.create_batch(6, project=project)
    GoldFactory(task=tasks[0], answer={"kind": "nothing"})
    for tight in (2, 3, 3):

        def answer(claim, edge=tight):
            mask = np.zeros((48, 64), dtype=bool)
            mask[10 : 20 + edge, 30:50] = True
            return {"kind": "mask", "rle": masks.encode(mask)}

        play(GuestFactory(), project, answer, answers=6)
    tick()

    found, checked = agreement_of(project), calibration_of(project)

    assert set(found["pairs"]) == {"Dice", "IoU"}
    for outline, overlap in zip(found["pairs"]["Dice"], found["pairs"]["IoU"], strict=True):
        assert overlap["mean"] <= outline["mean"] <= 1
    assert found["rows"][1]["value"] == pytest.approx((1 + 2 * (2 * 12 / 25)) / 3)
    assert checked["gold"]["calibration"]["by_chance"] is None
    assert checked["gold"]["release"]["good"] == 0
    assert checked["held"] is None


def test_pages_wait_for_nobody(played, django_capture_on_commit_callbacks, monkeypatch):
    """The first look asks a worker, the next ones do not; with new answers it is asked again, once in a while."""
    asked: list[tuple[int, str]] = []
    monkeypatch.setattr("quality.store.tasks.work_out_figures.delay", lambda *which: asked.append(which))

    def look(now=None):
        with django_capture_on_commit_callbacks(execute=True):
            return figures.figures_of(played, "agreement", now=now)

    first = look()
    assert (first.content, first.made_at, first.is_under_way) == ({}, None, True)
    look()
    assert asked == [(played.pk, "agreement")]
    look(now=later(minutes=6))  # the message may be lost
    assert len(asked) == 2
    figures.work_out(*asked[0])
    figures.work_out(*asked[0])  # delivered twice
    known = look()
    assert known.content["tasks"] == 24
    assert not known.is_under_way
    look(now=later(hours=2))
    assert len(asked) == 2  # nothing new to work out
    ProjectFigures.objects.update(answers=1)
    assert look(now=later(minutes=1)).content["tasks"] == 24
    assert len(asked) == 2
    assert look(now=later(hours=2)).is_under_way
    assert len(asked) == 3


def test_figures_of_a_time_without_answers_are_none_once_there_are_some(played):
    """A project's first figures may be worked out before anybody has answered."""
    ProjectFigures.objects.create(project=played, name="agreement", made_at=later(minutes=0), answers=0)

    shown = figures.figures_of(played, "agreement", now=later(minutes=1))

    assert (shown.made_at, shown.is_under_way) == (None, True)


def test_nothing_is_worked_out_for_a_project_that_stays_without_answers():
    project = ProjectFactory()
    ProjectFigures.objects.create(project=project, name="agreement", made_at=later(minutes=0), answers=0)
    assert not figures.figures_of(project, "agreement", now=later(hours=2)).is_under_way
