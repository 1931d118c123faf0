"""I1: nothing that the volunteer tier can read tells gold from open, and the rest it cannot read."""

from uuid import UUID

import factory
import numpy as np
import pytest
from django.db import DatabaseError, connection, transaction

from quality.store import scoring
from quality.store.gold import shuffle_waiting
from quality.store.models import GoldTruth, TaskState
from tests.contracts.leaks import key, leaks, read_all
from tests.factories import (
    AssignmentFactory,
    GoldFactory,
    GuestFactory,
    HandFactory,
    ProjectFactory,
    TaskFactory,
)
from tests.players import later, play, play_tier, tick
from webapp.game.services import refresh_standings
from webapp.projects.models import Project
from webapp.tasks.models import Assignment, Task

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wall")]


def played_project(*, shuffled: bool = True) -> Project:
    """240 open tasks, then a delivery of 60 gold ones; 20 people play a few rounds; some skip."""
    project = ProjectFactory(redundancy=3)
    TaskFactory.create_batch(240, project=project)
    for _ in range(60):
        GoldFactory(task=TaskFactory(project=project))
    if shuffled:
        shuffle_waiting(project)
    rng = np.random.default_rng(11)
    for number in range(20):
        rounds = int(rng.integers(1, 4))
        labels = rng.choice(["cat", "dog"], size=200)
        play(
            GuestFactory(),
            project,
            lambda claim, labels=labels: {"kind": "class", "label": str(labels[claim.assignment_id.int % 200])},
            answers=10 * rounds + number % 7,
        )
    tick()
    scoring.tick(later(seconds=25))
    refresh_standings(project=project, now=later(seconds=60))
    return project


def known_and_all(project: Project) -> tuple[set[str], list[str]]:
    gold = {key(task) for task in GoldTruth.objects.filter(project=project).values_list("task", flat=True)}
    return gold, [key(task) for task in TaskState.objects.filter(project=project).values_list("task", flat=True)]


def test_i1_no_column_order_or_join_separates_gold_from_open():
    project = played_project()
    gold, tasks = known_and_all(project)
    dealt_gold = Assignment.objects.filter(task__in=[UUID(task) for task in gold]).count()
    assert len(tasks) == 300
    assert dealt_gold > 60
    found, tried = leaks(gold, tasks, read_all(), alpha=0.001)
    assert tried > 150
    assert not found


def test_i1_the_attack_would_find_a_leak():
    """The same attack on rows that lie as they were delivered: the test above can fail."""
    project = ProjectFactory()
    TaskFactory.create_batch(60, project=project)
    for _ in range(20):
        GoldFactory(task=TaskFactory(project=project))
    gold, tasks = known_and_all(project)
    hand = HandFactory(project=project)
    AssignmentFactory.create_batch(80, hand=hand, task=factory.Iterator(Task.objects.order_by("?")))
    found, _ = leaks(gold, tasks, read_all(), alpha=0.001)
    assert "tasks_task.place in the table: mean" in {leak.name for leak in found}


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite cannot hide rows from a part of one process.")
def test_i1_what_was_never_dealt_cannot_be_seen():
    project = ProjectFactory()
    task, other = TaskFactory.create_batch(2, project=project)
    AssignmentFactory(hand=HandFactory(project=project), task=task)
    tables = read_all()
    assert [key(row["id"]) for row in tables["tasks_task"]] == [key(task.pk)]
    assert [key(row["id"]) for row in tables["images_image"]] == [key(task.image_id)]
    assert other.pk != task.pk


HIDDEN = [
    "SELECT state FROM quality_store_taskstate",
    "SELECT task_id FROM quality_store_goldtruth",
    "SELECT count(*) FROM quality_store_goldtruth",
    "SELECT count(*) FROM quality_store_consensus",
    "SELECT gold_score FROM quality_store_grade",
    "SELECT assignment_id FROM quality_store_reservation",
    "SELECT role FROM accounts_staffmember",
    "SELECT session_key FROM accounts_staffsession",
    "SELECT digest FROM accounts_stafftoken",
    "SELECT provenance FROM images_source",
    "SELECT name FROM images_volume",
    "SELECT member_id FROM projects_membership",
    "SELECT redundancy FROM projects_project",
    "DELETE FROM tasks_task",
    "DELETE FROM images_image",
    "DELETE FROM annotations_annotation",
    "UPDATE tasks_task SET image_id = image_id",
    "UPDATE annotations_annotation SET answer = answer",
    "UPDATE annotations_annotation SET id = id",
    "INSERT INTO tasks_task SELECT * FROM tasks_task",
]
SYSTEM_COLUMNS = {"postgresql": ["ctid", "xmin", "tableoid"], "sqlite": ["rowid", "_rowid_", "oid"]}


@pytest.mark.parametrize("statement", HIDDEN)
def test_i1_the_volunteer_tier_is_refused(statement):
    with pytest.raises(DatabaseError), transaction.atomic(), play_tier(), connection.cursor() as cursor:
        cursor.execute(statement)
    reset_role()


@pytest.mark.parametrize("table", ["tasks_task", "images_image", "tasks_assignment", "annotations_annotation"])
def test_i1_system_columns_are_hidden(table):
    for column in SYSTEM_COLUMNS[connection.vendor]:
        with pytest.raises(DatabaseError), transaction.atomic(), play_tier(), connection.cursor() as cursor:
            cursor.execute(f"SELECT {column} FROM {table}")
        reset_role()


def reset_role() -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")
