"""An export of votes, fused again by `python -m quality.aggregate`, gives the same consensus, for every kind."""

import csv
import io
import json
import shlex
import subprocess
import sys
import zipfile
from dataclasses import asdict

import numpy as np
import pytest
from django.db.models import F

from quality.domain import masks
from quality.domain.recalibration import Recalibration
from quality.store import fusing, reliability, weighing
from quality.store.models import Consensus, GoldPolicy, GoldTruth, Grade, TaskState
from tests.factories import GoldFactory, GuestFactory, ProjectFactory, TaskFactory
from tests.players import play, tick
from webapp.exports.services import write_export
from webapp.images.models import Source
from webapp.tasks.models import Task

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wall")]
LABELS = ("cat", "dog")


def disc(x, y, r):
    rows, columns = np.mgrid[:48, :64]
    return (rows - y) ** 2 + (columns - x) ** 2 < r * r


def answer_of(kind, place, rng, error):
    """What somebody says of a task at `place`; the truth where `error` is 0."""
    if rng.random() < error / 2:
        return {"kind": "nothing"}
    x, y = 12 + 3 * (place % 12), 10 + 4 * (place % 7)
    shift = rng.integers(-4, 5, 4) * error
    if kind == "class":
        return {"kind": "class", "label": LABELS[(place + int(rng.random() < error)) % 2]}
    if kind == "box":
        edges = (np.array([x - 6, y - 6, x + 6.5, y + 6.25]) + shift).clip(0, 47)
        return {"kind": "box", "boxes": [[*edges.tolist(), LABELS[place % 2]]]}
    return {"kind": "mask", "rle": masks.encode(disc(x + shift[0], y + shift[1], 8 + shift[2]))}


@pytest.fixture(params=["class", "box", "mask"])
def played(request):
    """Ten open tasks and some gold, played by four people of differing care."""
    kind = request.param
    project = ProjectFactory(kind=kind, redundancy=4, data_licence="CC0")
    tasks = TaskFactory.create_batch(16, project=project)
    place = {task.pk: i for i, task in enumerate(tasks)}
    exact = np.random.default_rng(0)
    for task in tasks[10:]:
        GoldFactory(task=task, answer=answer_of(kind, place[task.pk], exact, 0.0))
    for task in tasks:
        Source.objects.create(image=task.image, project=project, key=task.image.file, name="p.png", width=64, height=48)
    people = GuestFactory.create_batch(4)
    for seed, (person, error) in enumerate(zip(people, (0.05, 0.2, 0.5, 0.9), strict=True)):
        rng = np.random.default_rng(seed)

        def answer(claim, rng=rng, error=error):
            return answer_of(kind, place[Task.objects.get(assignments=claim.assignment_id).pk], rng, error)

        play(person, project, answer, answers=16)
    tick()
    # What is known of people as the export begins is what the stored labels rest on.
    reliability.refresh(project)
    learnt = asdict(Recalibration(shift=-0.5, tilt=0.1, centre=2.0, n=6))
    GoldPolicy.objects.filter(project=project).update(recalibration=learnt)
    TaskState.objects.update(stale=F("stale") + 1)
    weighing._class_priors.clear()
    while TaskState.objects.filter(stale__gt=0).exists():
        fusing.refresh_stale()
    return project


def again(folder):
    """Run what the manifest says, as somebody who was given the file would."""
    command = shlex.split(json.loads((folder / "manifest.json").read_text())["again"])
    assert command[:3] == ["python", "-m", "quality.aggregate"]
    files = {"--votes", "--gold", "--people", "--out"}
    given = [str(folder / word) if command[i - 1] in files else word for i, word in enumerate(command)]
    done = subprocess.run([sys.executable, *given[1:]], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return folder / command[-1]


def exported(project, tmp_path, **options):
    tmp_path.mkdir(exist_ok=True)
    path = tmp_path / "votes.zip"
    write_export(project=project, format="votes", path=path, **options)
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path / "out")
    return tmp_path / "out"


def test_the_same_consensus(played, tmp_path):
    folder = exported(played, tmp_path / "open")
    the_same_consensus(played, folder)
    weights_and_versions_at_the_time(played, folder)
    gold_comes_along_only_when_asked_for(played, tmp_path / "gold")


def the_same_consensus(played, folder):
    result = again(folder)
    stored = {str(row.task_id): row for row in Consensus.objects.filter(project=played)}
    assert len(stored) == 10
    assert not list(folder.glob("gold.*"))
    if played.kind == "mask":
        written, labels = np.load(result), np.load(folder / "labels.npz")
        assert set(written.files) == set(labels.files)
        assert all(np.array_equal(written[name], labels[name]) for name in written.files)
        assert set(written.files) == {name for task in stored for name in (task, f"{task}|probability")}
        for task, row in stored.items():
            mask = masks.decode(row.answer["rle"]) if row.answer["kind"] == "mask" else np.zeros((48, 64), bool)
            assert np.array_equal(written[task], mask)
        return
    assert result.read_bytes() == (folder / "labels.csv").read_bytes()
    rows = list(csv.DictReader(io.StringIO(result.read_text())))
    if played.kind == "class":
        found = {row["task"]: (row["label"], float(row["probability"])) for row in rows}
        assert found == {
            task: (row.answer.get("label", "(nothing)"), max(row.probabilities.values()))
            for task, row in stored.items()
        }
    else:
        boxes = {task: [] for task in stored}
        for row in rows:
            boxes[row["task"]].append([*(float(row[edge]) for edge in ("x1", "y1", "x2", "y2")), row["label"]])
        assert boxes == {task: row.answer.get("boxes", []) for task, row in stored.items()}


def weights_and_versions_at_the_time(played, folder):
    site = {row["task"]: row for row in csv.DictReader((folder / "site.csv").open())}
    stored = {str(row.task_id): row for row in Consensus.objects.filter(project=played)}
    assert {task: (int(row["version"]), json.loads(row["probabilities"])) for task, row in site.items()} == {
        task: (row.version, row.probabilities) for task, row in stored.items()
    }
    manifest = json.loads((folder / "manifest.json").read_text())
    assert set(manifest["versions"]) == {"goldvein", "numpy", "scipy"}
    assert manifest["target"] == 0.95
    if played.kind != "mask":
        weights = {row["annotation"]: float(row["weight"]) for row in csv.DictReader((folder / "votes.csv").open())}
        known = {vote["annotation"]: vote["weight"] for row in stored.values() for vote in row.votes}
        assert weights == {annotation: known[annotation] for annotation in weights}
        assert any(weights.values())


def gold_comes_along_only_when_asked_for(played, tmp_path):
    answered = Grade.objects.filter(gold_score__isnull=False).values_list("task", flat=True).distinct()
    folder = exported(played, tmp_path, include_gold=True)
    result = again(folder)
    if played.kind == "mask":
        gold, written = np.load(folder / "gold.npz"), np.load(result)
        assert set(gold.files) == {str(task) for task in answered}
        assert all(np.array_equal(gold[task], written[task]) for task in gold.files)
        return
    gold = list(csv.DictReader((folder / "gold.csv").open()))
    assert {row["task"] for row in gold} >= {str(task) for task in answered}
    assert {row["task"] for row in gold} <= set(map(str, GoldTruth.objects.values_list("task", flat=True)))
    assert result.read_bytes() == (folder / "labels.csv").read_bytes()


def test_who_left_is_nobody_known(played, tmp_path):
    person = Grade.objects.filter(counted=True).first().annotator
    Grade.objects.filter(annotator=person).update(annotator=None)
    person.annotations.update(annotator=None)
    folder = exported(played, tmp_path)
    again(folder)
    people = json.loads((folder / "people.json").read_text())["people"]
    if played.kind != "mask":
        workers = {row["worker"] for row in csv.DictReader((folder / "votes.csv").open())}
        assert str(person.pk) not in workers
        assert len(workers - set(people)) > 1  # each of their answers is somebody of its own
