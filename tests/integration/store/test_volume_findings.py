"""What stands out between the slices of a volume is found, leads to its tasks, and goes once it is decided."""

from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone

from quality.domain import masks
from quality.store.figures import FRESH_FOR, Name, work_out
from quality.store.models import Consensus, GoldTruth, ProjectFigures, TaskState
from quality.store.selectors.volumes import volume_findings
from quality.store.services import import_images, review
from tests.factories import GoldFactory
from tests.integration.images.made import nifti
from tests.integration.staff.office import Office
from webapp.images.models import Source
from webapp.projects.services import create_project
from webapp.tasks.models import Task

pytestmark = pytest.mark.django_db
SLICES = 8


@pytest.fixture
def scan(tmp_path):
    """A project with one volume of eight slices; `scan(label)` -> its tasks in the order of the slices."""
    values = np.random.default_rng(5).integers(-100, 300, (48, 40, SLICES)).astype(np.int16)
    nifti(tmp_path / "scan.nii.gz", values, np.diag([2.0, 2.0, 5.0, 1.0]))
    project = create_project(
        by=None,
        title="Kidneys",
        kind="mask",
        prompt="Where?",
        labels=["Left kidney", "Right kidney"],
        data_licence="CC0",
    )
    import_images(by=None, project=project, path=tmp_path / "scan.nii.gz")
    return project


def tasks_of(project, label):
    order = Source.objects.filter(project=project).order_by("slice_index").values_list("image", flat=True)
    found = {task.image_id: task for task in Task.objects.filter(project=project, label__name=label)}
    return [found[image] for image in order]


def say(task, radius=6, column=20, source="crowd"):
    """The crowd's label of a task: a disc, or nothing with a radius of 0."""
    rows, columns = np.mgrid[0 : task.image.height, 0 : task.image.width]
    mask = (columns - column) ** 2 + (rows - 20) ** 2 < radius**2
    answer = {"kind": "mask", "rle": masks.encode(mask)} if radius else {"kind": "nothing"}
    values = {"project": task.project, "source": source, "answer": answer, "uncertainty": 0.1, "method": "test"}
    Consensus.objects.update_or_create(task=task, defaults=values)
    TaskState.objects.filter(task=task).update(state="done")


def label_all(project, radii, label="Left kidney", column=20):
    tasks = tasks_of(project, label)
    for task, radius in zip(tasks, radii, strict=True):
        if radius is not None:
            say(task, radius, column)
    return tasks


def found(project):
    """As the worker finds it now."""
    work_out(project.pk, Name.VOLUMES)
    return shown(project)


def shown(project):
    return [(f.kind, [number for number, _ in f.tasks]) for f in volume_findings(project).findings]


def test_a_smooth_organ_gives_nothing_to_look_at(scan):
    label_all(scan, [0, 2, 5, 6, 6, 5, 2, 0])
    assert found(scan) == []


def test_a_gap_is_found_once_nobody_is_asked_any_more(scan):
    tasks = label_all(scan, [0, 2, 5, None, 6, 5, 2, 0])
    assert found(scan) == []  # it still waits for answers
    TaskState.objects.filter(task=tasks[3]).update(state="done")
    assert found(scan) == [("gap", [3])]
    assert volume_findings(scan).findings[0].sentence == "Slice 3: no answer, though there are some before and behind."


def test_a_jump_and_a_hole_are_found_and_gone_when_accepted(scan):
    tasks = label_all(scan, [0, 2, 5, 15, 6, 0, 6, 2])
    kinds = found(scan)
    assert ("area", [3]) in kinds
    assert ("area", [5]) in kinds
    for number in (3, 5):
        review(by=None, task_id=tasks[number].pk, action="accept")
    assert {kind for kind, where in shown(scan) if where in ([3], [5])} == set()  # before a worker looks again
    assert {kind for kind, where in found(scan) if where in ([3], [5])} == set()


def test_gold_is_no_gap_and_not_brought_up(scan):
    tasks = label_all(scan, [0, 2, 5, None, 6, 5, 2, 0])
    rows, columns = np.mgrid[0 : tasks[3].image.height, 0 : tasks[3].image.width]
    disc = (columns - 20) ** 2 + (rows - 20) ** 2 < 6**2
    truth = GoldFactory(task=tasks[3], answer={"kind": "mask", "rle": masks.encode(disc)})
    TaskState.objects.filter(task=tasks[3]).update(state="done")
    assert found(scan) == []
    GoldTruth.objects.filter(pk=truth.pk).update(state=GoldTruth.State.QUARANTINED)
    assert found(scan) == []  # a moderator is to decide


def test_what_was_put_aside_is_not_brought_up(scan):
    tasks = label_all(scan, [0, 2, 5, 6, 6, 5, 2, 0])
    TaskState.objects.filter(task=tasks[3]).update(state="retired")
    assert found(scan) == []


def test_an_end_that_does_not_taper(scan):
    label_all(scan, [0, 2, 5, 6, 6, 0, 0, 0])
    assert found(scan) == [("end", [5])]


def test_swapped_sides(scan):
    label_all(scan, [0, 2, 5, 6, 6, 5, 2, 0], "Left kidney", column=30)
    label_all(scan, [0, 2, 5, 6, 6, 5, 2, 0], "Right kidney", column=12)
    assert found(scan) == []
    say(tasks_of(scan, "Left kidney")[4], 6, 12)
    say(tasks_of(scan, "Right kidney")[4], 6, 30)
    assert found(scan) == [("sides", [4])]


def test_a_project_without_volumes_has_nothing(scan):
    Source.objects.filter(project=scan).update(volume=None)
    label_all(scan, [0, 2, 5, 15, 6, 0, 6, 2])
    assert found(scan) == []


def test_the_page_leads_to_the_task(scan, settings):
    settings.EXPORTS.mkdir(parents=True, exist_ok=True)
    tasks = label_all(scan, [0, 2, 5, 15, 6, 5, 2, 0])
    browser, page = Office().browser("admin"), f"/staff/projects/{scan.slug}/review/volumes/"
    body = browser.get(page).content.decode()
    assert "A worker is at it" in body
    assert "Nothing stands out" not in body
    work_out(scan.pk, Name.VOLUMES)
    body = browser.get(page).content.decode()
    assert f"/staff/projects/{scan.slug}/tasks/{tasks[3].pk}/" in body
    assert "Slice 3: the area jumps" in body


def test_a_worker_is_asked_again_once_labels_have_changed(scan):
    tasks = label_all(scan, [0, 2, 5, 15, 6, 5, 2, 0])
    assert found(scan) == [("area", [3])]
    assert not volume_findings(scan).figures.is_under_way
    later = timezone.now() + FRESH_FOR + timedelta(minutes=1)
    Consensus.objects.filter(task=tasks[3]).update(updated_at=later)
    ProjectFigures.objects.update(made_at=timezone.now() - 2 * FRESH_FOR)
    assert volume_findings(scan).figures.is_under_way
