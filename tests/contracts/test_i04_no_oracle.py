"""I4: nothing a volunteer can see changes on fewer than ten answers; what changes is coarse and comes late."""

from datetime import timedelta
from unittest.mock import patch

import numpy as np
import pytest
from django.utils import timezone

from quality.domain.disclosure import fewest_told
from quality.store import grading, lookbacks, progress, scoring, weighing
from quality.store.models import GoldTruth, Grade
from tests.contracts.leaks import read_all
from tests.factories import GoldFactory, GuestFactory, ProjectFactory, TaskFactory
from tests.players import always, later, play, tick
from webapp.annotations.models import Annotation
from webapp.game import services as game
from webapp.game.models import LookBack, RoundScore, Standing
from webapp.projects.models import Project
from webapp.tasks.models import Round

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wall")]

# What the worker writes where the play tier reads.
TOLD = ("game_roundscore", "game_standing", "game_lookback", "game_teamstanding", "projects_project")


@pytest.fixture
def project():
    project = ProjectFactory()
    TaskFactory.create_batch(40, project=project)
    for _ in range(10):
        GoldFactory(task=TaskFactory(project=project))
    return project


def told() -> dict[str, list[dict]]:
    tables = read_all()
    return {table: tables[table] for table in TOLD}


def everything(at) -> None:
    grading.tick(at)
    scoring.tick(at)
    lookbacks.tick(at)
    game.tick(at)
    progress.tick(at)


def test_i4_nine_answers_change_nothing_that_can_be_seen(project):
    person = GuestFactory()
    everything(timezone.now())
    before = told()
    play(person, project, always("cat"), answers=9)
    tick()
    everything(later(minutes=5))
    assert Grade.objects.count() == 9
    assert told() == before


def test_i4_the_tenth_answer_shows_one_rounded_figure_after_the_fixed_delay(project):
    person = GuestFactory()
    play(person, project, always("cat"), answers=10)
    completed = Round.objects.get().completed_at
    everything(later(seconds=60))
    score = RoundScore.objects.get()
    assert score.score % 5 == score.points % 5 == 0
    assert (score.visible_at - completed).total_seconds() >= 20
    assert Standing.objects.get().rounds == 1


def test_i4_the_delay_is_the_same_for_good_and_bad_rounds():
    project = ProjectFactory(redundancy=5)
    TaskFactory.create_batch(10, project=project)
    for _ in range(3):
        GoldFactory(task=TaskFactory(project=project))
    for label in ("cat", "cat", "cat", "dog"):
        play(GuestFactory(), project, always(label), answers=10)
        tick()
    completed = Round.objects.filter(completed_at__isnull=False).values_list("completed_at", flat=True)
    now = min(completed)
    while RoundScore.objects.count() < len(completed):
        scoring.tick(now)
        now += timedelta(seconds=1)
    delays = {(s.visible_at - s.round.completed_at).total_seconds() for s in RoundScore.objects.select_related("round")}
    assert delays == {20.0}
    *_, good, bad = RoundScore.objects.order_by("round__completed_at").values_list("score", flat=True)
    assert bad < good


def test_i4_wrong_on_purpose_pays_alike_however_much_of_the_round_is_gold():
    """Where nobody else has answered yet, answering wrongly on purpose must not cost more on gold: it would tell it."""
    paid: dict[int, set[int]] = {}
    for _ in range(6):
        project = ProjectFactory()
        TaskFactory.create_batch(12, project=project)
        gold = {GoldFactory(task=TaskFactory(project=project)).task_id for _ in range(5)}
        given = play(GuestFactory(), project, always("dog"), answers=10)
        everything(later(seconds=30))
        met = sum(answer.task_id in gold for answer in given)
        paid.setdefault(met, set()).add(RoundScore.objects.get(project=project).score)
    assert len(paid) > 1, "Every round held the same number of gold: nothing was compared."
    assert len(set().union(*paid.values())) == 1


def test_i4_the_truth_of_gold_takes_no_part_in_what_it_pays():
    """What an answer to gold earns is the same whatever the truth says: only the others' answers count."""
    project = ProjectFactory(redundancy=6)
    TaskFactory.create_batch(10, project=project)
    for _ in range(6):
        GoldFactory(task=TaskFactory(project=project))
    for person in GuestFactory.create_batch(3):
        play(person, project, always("cat"), answers=16)
    last = GuestFactory()
    rounds = {answer.round_id for answer in play(last, project, always("dog"), answers=16)}
    tick()
    before = {entry.annotation.pk: entry.score for entry in scoring.scored_answers(rounds, project, by=last.pk)}
    assert GoldTruth.objects.update(answer={"kind": "class", "label": "dog"}) == 6
    after = {entry.annotation.pk: entry.score for entry in scoring.scored_answers(rounds, project, by=last.pk)}
    assert before == after
    assert np.median(list(before.values())) < 0.3, "Three people say otherwise."


def test_i4_how_many_labels_of_a_kind_there_are_takes_no_part_in_what_rounds_pay():
    """Open tasks alone tell how common a class is, one's own answers to them among them: were rounds paid by that,
    whoever says dog to everything would see how much of it was open."""
    project = ProjectFactory(redundancy=4)
    TaskFactory.create_batch(10, project=project)
    for _ in range(3):
        GoldFactory(task=TaskFactory(project=project))
    for label in ("cat", "dog", "dog"):
        play(GuestFactory(), project, always(label), answers=10)
    last = GuestFactory()
    rounds = {answer.round_id for answer in play(last, project, always("dog"), answers=10)}
    tick()
    paid = []
    for prior in ({"cat": 0.5, "dog": 0.5}, {"cat": 0.1, "dog": 0.9}):
        with patch.object(weighing, "class_prior", return_value=prior):
            paid.append([entry.score for entry in scoring.scored_answers(rounds, project, by=last.pk)])
    assert paid[0] == paid[1]
    assert len(set(paid[0])) > 1, "Some of it was answered by others."


def test_i4_a_look_back_says_the_same_however_much_of_a_kind_is_gold():
    """Somebody says cat and dog in turn; gold is cat. What "dog" earned must not tell how much of it was gold."""
    told: dict[int, set[tuple]] = {}
    for _ in range(5):
        project = ProjectFactory()
        TaskFactory.create_batch(36, project=project)
        gold = {GoldFactory(task=TaskFactory(project=project)).task_id for _ in range(14)}
        labels = iter(["cat", "dog"] * 15)
        given = play(
            GuestFactory(), project, lambda claim, labels=labels: {"kind": "class", "label": next(labels)}, answers=30
        )
        tick()
        everything(later(seconds=30))
        everything(later(seconds=90))
        met = sum(answer.task_id in gold for answer in given if answer.answer["label"] == "dog")
        found = LookBack.objects.get(project=project)
        told.setdefault(met, set()).add(tuple((*s["kinds"], s["answers"], s["score"]) for s in found.shares))
    assert len(told) > 1, "Every look back held the same number of gold: nothing was compared."
    assert len(set().union(*told.values())) == 1


def test_i4_no_sum_or_difference_of_what_is_told_stands_on_fewer_than_ten_answers():
    """Five people with habits of their own, thirty rounds: looks back and round scores, combined at will."""
    project = ProjectFactory(labels=["cat", "dog", "eel"], redundancy=5)
    TaskFactory.create_batch(80, project=project)
    rng = np.random.default_rng(5)
    for shares in ([0.5, 0.3, 0.2], [0.9, 0.09, 0.01], [0.34, 0.33, 0.33], [0.6, 0.4, 0.0], [1.0, 0.0, 0.0]):
        labels = iter(rng.choice(["cat", "dog", "eel"], size=80, p=shares).tolist())
        person = GuestFactory()
        for _ in range(6):
            play(person, project, lambda claim, labels=labels: {"kind": "class", "label": next(labels)}, answers=10)
            tick()
            everything(later(minutes=2))
    looks = list(LookBack.objects.all())
    assert sum(bool(look.shares) for look in looks) >= 3
    for look in looks:
        rounds = {pk: column for column, pk in enumerate(look.entries.values_list("pk", flat=True))}
        row = {kind: index for index, share in enumerate(look.shares) for kind in share["kinds"]}
        counts = np.zeros((len(look.shares), len(rounds)), dtype=int)
        for answer, played in Annotation.objects.filter(round__in=rounds).values_list("answer", "round"):
            if row:
                counts[row[answer["label"]], rounds[played]] += 1
        assert not row or fewest_told(counts) >= 10
        assert all(share["answers"] >= 10 and share["score"] % 5 == 0 for share in look.shares)


def test_i4_a_persons_own_vote_does_not_score_it():
    """The only other person says dog: whoever says cat gains nothing from having said so."""
    project = ProjectFactory(redundancy=2)
    TaskFactory.create_batch(10, project=project)
    first, second = GuestFactory(), GuestFactory()
    play(first, project, always("dog"), answers=10)
    play(second, project, always("cat"), answers=10)
    tick()
    everything(later(seconds=60))
    scores = dict(RoundScore.objects.values_list("annotator", "score"))
    assert scores[second.pk] < 50


def test_i4_progress_is_coarse_and_daily(project):
    now = timezone.now()
    progress.tick(now)
    play(GuestFactory(), project, always("cat"), answers=40)
    tick()
    assert progress.tick(now) == 0
    assert Project.objects.get().percent_done == 0
    assert progress.tick(later(days=1)) == 1
    assert Project.objects.get().percent_done in (20, 25, 30)
