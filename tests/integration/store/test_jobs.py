"""Imports started from a page: they finish, whatever happens to the worker."""

import errno
import os

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError

from quality.store import jobs
from quality.store.clock import Clock
from quality.store.models import GoldTruth
from quality.store.services import run_import, start_import
from tests.counters import CacheThatIsAway
from tests.factories import ProjectFactory, StaffFactory
from tests.integration.store.test_intake import pictures
from tests.players import later
from webapp import busy
from webapp.images import uploads
from webapp.images.models import ImportJob
from webapp.tasks.models import Task

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def sent(monkeypatch):
    """Ids that were handed to the broker; it loses them all."""
    from quality.store.tasks import run_import_job

    ids = []
    monkeypatch.setattr(run_import_job, "delay", ids.append)
    monkeypatch.setattr(jobs, "_again", Clock(0))
    return ids


def start(tmp_path, **options):
    folder = pictures(tmp_path / "cells", 12, labelled=12)
    return start_import(by=StaffFactory(), project=ProjectFactory(), path=folder, options=options)


def test_a_job_says_how_far_it_is_and_what_came_out(tmp_path):
    job = start(tmp_path, gold={"share": 0.5})
    assert run_import(job.pk)
    job.refresh_from_db()
    assert job.state == "done"
    assert job.done == job.total >= 12
    assert job.report["taken"] == 12
    assert job.report["gold"] == GoldTruth.objects.filter(state="approved").count() == 6


def test_i8_a_job_whose_message_was_lost_is_taken_up_again(tmp_path, sent, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        job = start(tmp_path)
    assert sent == [job.pk]
    assert jobs.tick(later()) == 0  # the message may be under way
    assert jobs.tick(later(minutes=2)) == 1
    assert sent == [job.pk, job.pk]
    run_import(job.pk)
    assert jobs.tick(later(minutes=2)) == 0


def test_i8_a_job_that_is_asked_for_while_the_broker_is_away_waits_for_it(
    tmp_path, sent, monkeypatch, django_capture_on_commit_callbacks
):
    from quality.store.tasks import run_import_job

    def refuse(job_id):
        raise ConnectionError("Connection refused")

    with monkeypatch.context() as away, django_capture_on_commit_callbacks(execute=True):
        away.setattr(run_import_job, "delay", refuse)
        job = start(tmp_path)
    assert jobs.tick(later(minutes=2)) == 1
    assert sent == [job.pk]


def test_i8_a_job_goes_on_while_the_cache_is_away(tmp_path, monkeypatch):
    monkeypatch.setattr(jobs, "REPORT_EVERY", 1)
    monkeypatch.setattr(busy, "cache", CacheThatIsAway())
    job = start(tmp_path)
    assert run_import(job.pk)
    job.refresh_from_db()
    assert (job.state, job.report["taken"]) == ("done", 12)


def test_i8_a_killed_job_goes_on_where_it_stopped(tmp_path, monkeypatch):
    job = start(tmp_path)
    monkeypatch.setattr(jobs, "REPORT_EVERY", 1)
    update = jobs._update

    def killed(job_id, **values):
        update(job_id, **values)
        if values.get("done") == 8:
            raise KeyboardInterrupt

    monkeypatch.setattr(jobs, "_update", killed)
    with pytest.raises(KeyboardInterrupt):
        run_import(job.pk)
    monkeypatch.setattr(jobs, "_update", update)
    assert ImportJob.objects.get().state == "running"
    assert not run_import(job.pk)  # the dead worker is still taken for alive
    busy.let_go(f"import-job-{job.pk}")  # as it does by itself, some time after the worker died
    assert run_import(job.pk)
    assert ImportJob.objects.get().state == "done"
    assert Task.objects.count() == GoldTruth.objects.count() == 12


def test_nothing_happens_where_an_option_does_not_fit(tmp_path):
    with pytest.raises(ValueError, match="There is no import option 'colour'"):
        start(tmp_path, colour="red")
    with pytest.raises(ValueError, match="The gold options are share, number and by_group"):
        start(tmp_path, gold={"rate": 1})
    assert not ImportJob.objects.exists()


def test_a_job_that_cannot_work_says_why(tmp_path):
    job = start_import(by=None, project=ProjectFactory(), path=tmp_path / "nowhere")
    run_import(job.pk)
    job.refresh_from_db()
    assert job.state in ("failed", "done")
    assert "nowhere" in str(job.report)


def breaking(monkeypatch, error):
    """The next import breaks with `error`; those after it work."""
    works = jobs.import_images

    def broken(**given):
        monkeypatch.setattr(jobs, "import_images", works)
        raise error

    monkeypatch.setattr(jobs, "import_images", broken)


def test_a_fault_of_ours_ends_a_job_with_a_sentence_too(tmp_path, monkeypatch):
    job = start(tmp_path)
    breaking(monkeypatch, KeyError("x"))
    assert run_import(job.pk)
    job.refresh_from_db()
    assert (job.state, job.report) == ("failed", {"error": jobs.BROKEN})


def test_i8_a_job_outlives_its_database(tmp_path, monkeypatch):
    job = start(tmp_path)
    breaking(monkeypatch, OperationalError("gone"))
    with pytest.raises(OperationalError):
        run_import(job.pk)
    assert ImportJob.objects.get().state == "running"
    assert run_import(job.pk)
    assert ImportJob.objects.get().state == "done"


def test_i8_a_job_that_finds_the_disk_full_says_so_and_goes_on_once_there_is_room(tmp_path, sent, monkeypatch):
    folder = uploads.keep(
        [SimpleUploadedFile("Jo.png", (pictures(tmp_path, 1, labelled=0) / "cell000.png").read_bytes())]
    )
    job = start_import(by=None, project=ProjectFactory(), path=uploads.source_of(folder))
    breaking(monkeypatch, OSError(errno.ENOSPC, "No space left on device", "/pictures/00"))
    assert not run_import(job.pk)
    job.refresh_from_db()
    assert (job.state, job.report) == ("running", {"error": jobs.NO_ROOM})
    assert folder.exists()
    assert jobs.tick(later(minutes=2)) == 1
    assert sent == [job.pk]
    assert run_import(job.pk)
    job.refresh_from_db()
    assert (job.state, job.report["taken"]) == ("done", 1)
    assert not folder.exists()


def test_i13_files_that_were_sent_are_not_forgotten(tmp_path):
    forgotten, awaited, fresh = (uploads.keep([SimpleUploadedFile("Jo.png", b"x")]) for _ in range(3))
    start_import(by=None, project=ProjectFactory(), path=uploads.source_of(awaited))
    for folder in (forgotten, awaited):
        os.utime(folder, (0, 0))
    jobs.tick(later())
    assert [folder.exists() for folder in (forgotten, awaited, fresh)] == [False, True, True]
