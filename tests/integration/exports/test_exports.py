"""From pictures through labels to files and back."""

import errno
import gzip
import io
import json
import os
import zipfile

import nibabel as nib
import numpy as np
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import OperationalError
from PIL import Image as Pillow

from quality.domain import masks
from quality.store.clock import Clock
from quality.store.models import GoldTruth
from quality.store.services import GoldShare, import_images, review
from tests.counters import CacheThatIsAway
from tests.integration.images.made import nifti, picture
from tests.players import later
from webapp import busy
from webapp.exports import services
from webapp.exports.models import ExportJob
from webapp.exports.services import ExportError, run_export, start_export, write_export
from webapp.images.models import Source
from webapp.projects.models import Project
from webapp.projects.services import create_project
from webapp.tasks.models import Task

pytestmark = pytest.mark.django_db

BOXES = {"one.png": [[4.0, 6.0, 20.0, 30.0]], "two.png": [[0.0, 0.0, 10.0, 12.0], [30.0, 20.0, 64.0, 48.0]]}


def project_of(kind: str, *labels: str) -> Project:
    given = {
        "title": f"Project {Project.objects.count()}",
        "kind": kind,
        "prompt": "Where?",
        "labels": labels,
        "data_licence": "CC0",
    }
    return create_project(by=None, **given)


def exported(project: Project, format: str, tmp_path, **options) -> bytes:
    path = tmp_path / f"out-{format}"
    write_export(project=project, format=format, path=path, **options)
    return path.read_bytes()


@pytest.fixture
def fields(tmp_path) -> Project:
    """Two pictures with revised boxes, one that nobody labelled, one gold."""
    folder = tmp_path / "fields"
    for seed, name in enumerate(["one.png", "two.png", "three.png", "gold.png"]):
        picture(folder / name, seed=seed)
    (folder / "labels.csv").write_text("image,label,x1,y1,x2,y2\ngold.png,cell,1,2,11,12\n")
    project = project_of("box", "Cell")
    import_images(by=None, project=project, path=folder, gold=GoldShare(share=1))
    for name, boxes in BOXES.items():
        answer = {"kind": "box", "boxes": [[*box, "cell"] for box in boxes]}
        review(by=None, task_id=task_of(project, name).pk, action="revise", answer=answer)
    return project


def task_of(project: Project, name: str) -> Task:
    image = Source.objects.get(project=project, name__endswith=name).image
    return Task.objects.get(image=image)


def test_coco_there_and_back_gives_the_same_boxes(fields, tmp_path):
    folder = tmp_path / "again"
    for seed, name in enumerate(["one.png", "two.png", "three.png"]):
        picture(folder / name, seed=seed)
    (folder / "annotations.json").write_bytes(exported(fields, "coco", tmp_path))
    back = project_of("box", "Cell")
    report = import_images(by=None, project=back, path=folder).summary()
    assert (report["taken"], report["refused"]) == (3, [])
    held = {truth.task.image_id: truth.answer for truth in GoldTruth.objects.filter(project=back, state="held")}
    found = {name: held[task_of(back, name).image_id] for name in BOXES}
    assert found == {name: {"kind": "box", "boxes": [[*box, "cell"] for box in boxes]} for name, boxes in BOXES.items()}


def test_gold_is_left_out_unless_asked_for(fields, tmp_path):
    def names(**options) -> set[str]:
        document = json.loads(exported(fields, "coco", tmp_path, **options))
        return {image["file_name"].rsplit("/", 1)[-1] for image in document["images"]}

    assert names() == {"one.png", "two.png", "three.png"}
    assert names(include_gold=True) == {"one.png", "two.png", "three.png", "gold.png"}


def test_retired_tasks_are_left_out(fields, tmp_path):
    review(by=None, task_id=task_of(fields, "two.png").pk, action="retire")
    document = json.loads(exported(fields, "coco", tmp_path))
    assert sorted(image["file_name"] for image in document["images"]) == ["one.png", "three.png"]


def test_what_nobody_labelled_is_ignore_in_pngs(tmp_path):
    """I11: 0 only where somebody looked for every label and found none of them."""
    for seed, name in enumerate(["seen.png", "other.png"]):
        picture(tmp_path / "scans" / name, seed=seed)
    project = project_of("mask", "Liver")
    import_images(by=None, project=project, path=tmp_path / "scans")
    mask = np.zeros((48, 64), dtype=bool)
    mask[10:20, 30:50] = True
    answer = {"kind": "mask", "rle": masks.encode(mask)}
    review(by=None, task_id=task_of(project, "seen.png").pk, action="revise", answer=answer)
    archive = zipfile.ZipFile(io.BytesIO(exported(project, "png", tmp_path)))
    found = {}
    for item in json.loads(archive.read("manifest.json"))["items"]:
        found[item["image"]] = np.asarray(Pillow.open(io.BytesIO(archive.read(item["file"]))))
    assert np.array_equal(found["seen.png"], mask.astype(np.uint8))
    assert set(np.unique(found["other.png"])) == {255}


def test_volumes_come_back_in_their_own_space(tmp_path):
    """Shape and affine are the original's; slices that nobody labelled are ignore throughout (I11)."""
    affine = np.array([[-2.0, 0, 0, 90], [0, 2.0, 0, -120], [0, 0, 5.0, 30], [0, 0, 0, 1]])
    values = np.random.default_rng(3).integers(-100, 300, (40, 32, 3)).astype(np.int16)
    nifti(tmp_path / "scan.nii.gz", values, affine)
    project = project_of("mask", "Liver")
    import_images(by=None, project=project, path=tmp_path / "scan.nii.gz")
    tasks = list(Task.objects.filter(project=project).select_related("image"))
    assert len(tasks) == 3
    review(by=None, task_id=tasks[0].pk, action="revise", answer={"kind": "nothing"})
    image = tasks[1].image
    everywhere = np.ones((image.height, image.width), dtype=bool)
    review(by=None, task_id=tasks[1].pk, action="revise", answer={"kind": "mask", "rle": masks.encode(everywhere)})
    archive = zipfile.ZipFile(io.BytesIO(exported(project, "nifti", tmp_path)))
    (item,) = json.loads(archive.read("manifest.json"))["items"]
    volume = nib.Nifti1Image.from_bytes(gzip.decompress(archive.read(item["file"])))
    labels = np.asarray(volume.dataobj)
    assert (labels.shape, item["slices"]) == ((40, 32, 3), 2)
    assert np.allclose(volume.affine, affine)
    assert sorted(np.unique(labels[:, :, k]).tolist() for k in range(3)) == [[0], [1], [255]]


def test_a_job_leaves_one_whole_file(fields, settings):
    job = start_export(by=None, project=fields, format="csv")
    run_export(job.pk)
    run_export(job.pk)  # delivered twice
    job.refresh_from_db()
    assert (job.state, job.done, job.total) == ("done", 3, 3)
    assert [path.name for path in settings.EXPORTS.iterdir()] == [job.file]
    rows = zipfile.ZipFile(settings.EXPORTS / job.file).read("labels.csv").decode().splitlines()
    assert len(rows) == 4
    assert [row.split(",")[5] for row in rows[1:]].count("ignore") == 1


def test_a_format_that_cannot_hold_the_labels_is_refused(fields):
    with pytest.raises(ExportError, match="holds mask labels"):
        start_export(by=None, project=fields, format="nifti")
    assert ExportJob.objects.count() == 0


def test_exports_that_a_kill_left_behind_are_handed_out_again(fields, monkeypatch):
    """I8: whatever became of the broker, the clock finds them."""
    from webapp.exports import tasks

    handed: list[int] = []
    monkeypatch.setattr(tasks.run, "delay", handed.append)
    monkeypatch.setattr(services, "_again", Clock(60))
    jobs = [
        ExportJob.objects.create(project=fields, format="coco", state=state)
        for state in ("waiting", "running", "done", "failed")
    ]
    services.tick(later())
    assert handed == []  # their messages may be under way
    services.tick(later(minutes=2))
    assert sorted(handed) == [jobs[0].pk, jobs[1].pk]


def test_i8_an_export_asked_for_while_the_broker_is_away_waits_for_it(
    fields, monkeypatch, django_capture_on_commit_callbacks
):
    from webapp.exports import tasks

    def refuse(job_id):
        raise ConnectionError("Connection refused")

    monkeypatch.setattr(tasks.run, "delay", refuse)
    with django_capture_on_commit_callbacks(execute=True):
        job = start_export(by=None, project=fields, format="coco")
    assert job.state == "waiting"


def test_i8_an_export_outlives_its_database_and_its_cache(fields, monkeypatch):
    monkeypatch.setattr(busy, "cache", CacheThatIsAway())
    job = start_export(by=None, project=fields, format="coco")
    with monkeypatch.context() as away:
        away.setattr(services, "write_export", raising(OperationalError("gone")))
        with pytest.raises(OperationalError):
            run_export(job.pk)
    job.refresh_from_db()
    assert job.state == "running"
    run_export(job.pk)
    job.refresh_from_db()
    assert job.state == "done"


def test_an_export_that_finds_the_disk_full_says_so(fields, tmp_path, monkeypatch):
    job = start_export(by=None, project=fields, format="coco")
    full = OSError(errno.ENOSPC, "No space left on device")
    with monkeypatch.context() as disk:
        disk.setattr(services.os, "fsync", raising(full))
        with pytest.raises(OSError, match="No space"):
            run_export(job.pk)
        with pytest.raises(CommandError, match="could not be written to .*out.zip: No space left on device"):
            call_command("export_dataset", fields.slug, format="coco", out=tmp_path / "out.zip")
    job.refresh_from_db()
    assert (job.state, job.error) == ("failed", services.NO_ROOM)
    assert not list(settings.EXPORTS.iterdir())
    assert not list(tmp_path.glob("*.zip*"))


def test_one_worker_at_a_time_writes_an_export(fields, monkeypatch):
    job = start_export(by=None, project=fields, format="coco")
    monkeypatch.setattr(services, "write_export", lambda **given: run_export(job.pk))
    run_export(job.pk)  # once; what came in between went away again
    assert busy.take(f"export-job-{job.pk}")


def raising(error):
    def fail(*given, **named):
        raise error

    return fail


def test_repairs_are_asked_for_by_name_and_only_of_volumes(fields, tmp_path):
    outlines = project_of("mask", "Liver")
    with pytest.raises(ExportError, match="A repair is one of fill, largest, smooth; it is 'guess'"):
        start_export(by=None, project=outlines, format="nifti", repairs=["guess"])
    with pytest.raises(ExportError, match="Repairs are for whole volumes; the format png holds none"):
        start_export(by=None, project=outlines, format="png", repairs=["fill"])
    job = start_export(by=None, project=outlines, format="nifti", repairs=["fill"])
    run_export(job.pk)
    job.refresh_from_db()
    with zipfile.ZipFile(settings.EXPORTS / job.file) as archive:
        assert json.loads(archive.read("manifest.json"))["repairs"] == ["fill"]


def test_what_a_killed_export_left_half_written_goes():
    settings.EXPORTS.mkdir(parents=True, exist_ok=True)
    old, young, whole = (settings.EXPORTS / name for name in (".a.zip.0011", ".b.zip.0022", "a.zip"))
    for path in (old, young, whole):
        path.write_bytes(b"x")
    for path in (old, whole):
        os.utime(path, (0, 0))
    services.tick(later())
    assert [path.exists() for path in (old, young, whole)] == [False, True, True]
