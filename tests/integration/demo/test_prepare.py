"""Two starts at once on a new folder: one prepares it, the other waits."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def test_a_second_start_waits_for_the_first(tmp_path: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GOLDVEIN_")}
    environment["GOLDVEIN_HOME"] = str(tmp_path)
    with open(tmp_path / "prepare.lock", "w") as first:
        fcntl.flock(first, fcntl.LOCK_EX)
        command = [sys.executable, "manage.py", "prepare"]
        with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as second:
            try:
                assert second.stdout is not None
                assert "Another start prepares this folder" in second.stdout.readline()
                assert second.poll() is None
                tables = tmp_path / "goldvein.sqlite3"
                assert not tables.exists() or tables.stat().st_size == 0
            finally:
                second.kill()
