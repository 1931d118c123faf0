"""I5: gold counts towards nothing but what is known of people."""

from collections import Counter

import pytest

from quality.domain.prevalence import prevalence
from quality.store import progress, selectors, weighing
from quality.store.models import Consensus, GoldTruth, Grade, TaskState
from tests.factories import GoldFactory, GuestFactory, ProjectFactory, TaskFactory
from tests.players import later, play, tick
from webapp.annotations.models import Annotation
from webapp.projects.models import Project

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wall")]


@pytest.fixture
def project():
    """Open tasks are dogs and gold tasks are cats, and everybody says so."""
    project = ProjectFactory(redundancy=2)
    TaskFactory.create_batch(16, project=project)
    for _ in range(4):
        GoldFactory(task=TaskFactory(project=project))
    gold = gold_files()
    for _ in range(2):
        play(
            GuestFactory(),
            project,
            lambda claim: {"kind": "class", "label": "cat" if claim.image.file in gold else "dog"},
            answers=30,
        )
    tick()
    return project


def gold_files() -> set[str]:
    return set(GoldTruth.objects.values_list("task__image__file", flat=True))


def test_i5_gold_has_no_consensus_and_is_not_exported(project):
    gold = set(GoldTruth.objects.values_list("task", flat=True))
    assert Grade.objects.filter(task__in=gold).exists()
    assert not Consensus.objects.filter(task__in=gold).exists()
    exported = list(selectors.export_rows(project))
    assert len(exported) == selectors.count_export_rows(project) == 16
    assert not {row.task_id for row in exported} & gold
    with_gold = list(selectors.export_rows(project, include_gold=True))
    assert {row.task_id for row in with_gold if row.is_gold} == gold
    assert {row.source for row in with_gold if row.is_gold} == {"gold"}


def test_i5_class_priors_come_from_open_tasks_alone(project, monkeypatch):
    monkeypatch.setattr(weighing, "_class_priors", {})  # worked out once a minute
    prior = weighing.class_prior(project)
    said = [row.probabilities for row in Consensus.objects.all()]
    labels = list(project.labels.values_list("key", flat=True))
    assert prior == pytest.approx(prevalence(said, labels))
    # The four cats among the gold would make it less.
    assert prior["dog"] > 0.8 > prevalence([*said, *[{"cat": 1.0}] * 4], labels)["dog"]


def test_i5_progress_is_that_of_open_tasks(project):
    assert progress.percent(project) == 100
    progress.tick(later(days=1))
    assert Project.objects.get().percent_done == 100
    shown = selectors.project_progress(project)
    assert sum(shown.tasks.values()) == 16
    assert shown.answers_counted == shown.answers_wanted == 32


def test_i5_gold_is_seen_once_a_person_and_by_no_more_people_than_open_tasks(project):
    seen = Counter(Annotation.objects.values_list("task", "annotator"))
    assert max(seen.values()) == 1
    assert set(TaskState.objects.values_list("target", flat=True)) == {2}
    assert max(TaskState.objects.values_list("counted", flat=True)) == 2
