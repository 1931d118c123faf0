"""A worker that starts takes up what the last one left unfinished: its clock hands it over (I8)."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.images import made

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parents[3]
KILLED = """
from datetime import timedelta
from django.utils import timezone
from webapp.exports.models import ExportJob
from webapp.images.models import ImportJob
from webapp.projects.services import create_project
project = create_project(by=None, title="Cells", kind="class", prompt="?", labels=["a"])
ImportJob.objects.create(project=project, path={folder!r}, state="running")
ExportJob.objects.create(project=project, format="csv", options={{}}, state="running")
for jobs in (ImportJob.objects, ExportJob.objects):
    jobs.update(created_at=timezone.now() - timedelta(minutes=2))
"""
RESTARTED = """
import threading, time
from webapp.config.workers import start_celery_thread, start_ticker
from webapp.exports.models import ExportJob
from webapp.images.models import ImportJob
start_celery_thread("work")
stop = threading.Event()
ticker = start_ticker(stop)
until = time.monotonic() + 60
for jobs in (ImportJob.objects, ExportJob.objects):
    while jobs.get().state == "running" and time.monotonic() < until:
        time.sleep(0.1)
stop.set()
ticker.join()
print(ImportJob.objects.get().state, ImportJob.objects.get().report.get("taken"), ExportJob.objects.get().state)
"""


def test_i8_a_worker_that_starts_finishes_what_was_begun(tmp_path):
    made.picture(tmp_path / "cells" / "a.png")
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GOLDVEIN_")}
    environment = {**clean, "GOLDVEIN_HOME": str(tmp_path / "home"), "OMP_NUM_THREADS": "1"}

    def manage(*arguments: str) -> str:
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True).stdout

    manage("migrate", "-v", "0")
    manage("shell", "-v", "0", "-c", KILLED.format(folder=str(tmp_path / "cells")))
    assert manage("shell", "-v", "0", "-c", RESTARTED).split() == ["done", "1", "done"]
