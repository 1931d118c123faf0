"""I4: nothing a volunteer can see changes on fewer than ten answers; what changes is coarse and comes late."""

import pytest
from django.utils import timezone

from quality.store import grading, progress, scoring
from quality.store.models import Grade
from tests.contracts.leaks import read_all
from tests.factories import GoldFactory, GuestFactory, ProjectFactory, TaskFactory
from tests.players import always, later, play, tick
from webapp.game import services as game
from webapp.game.models import RoundScore, Standing
from webapp.projects.models import Project
from webapp.tasks.models import Round

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wall")]

# What the worker writes where the play tier reads.
TOLD = ("game_roundscore", "game_standing", "projects_project")


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


def test_i4_the_delay_is_the_same_for_good_and_bad_rounds(project):
    for label in ("cat", "dog"):
        play(GuestFactory(), project, always(label), answers=10)
    for step in range(16, 30):
        scoring.tick(later(seconds=step))
    delays = {(s.visible_at - s.round.completed_at).total_seconds() for s in RoundScore.objects.select_related("round")}
    assert delays == {20.0}
    assert len(set(RoundScore.objects.values_list("score", flat=True))) == 2


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
