"""Runs every test, part by part, and says at the end what ran, what failed and what could not run.

python tests/run.py            all parts
python tests/run.py browser    one part, or several
"""

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests import browsers, services  # noqa: E402

PYTEST = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]


@dataclass
class Part:
    """A command of the suite; `needs` are the services without which it cannot run."""

    name: str
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ()


def parts(found: services.Services, browser: str | None) -> list[Part]:
    both = {"GOLDVEIN_DATABASE_URL": found.database_url or "", "GOLDVEIN_REDIS_URL": found.redis_url or ""}
    on_two = [*PYTEST, "-n", "2", "--dist", "loadfile"]
    twice = ["tests/integration", "tests/contracts"]
    return [
        Part("front end", [str(ROOT / "frontend" / "npm"), "run", "--silent", "test"]),
        Part("unit", [*on_two, "tests/unit"]),
        Part("integration and contracts on SQLite", [*on_two, "-m", "not once", *twice]),
        Part(
            "integration and contracts on PostgreSQL and Redis",
            [*on_two, *twice],
            both,
            ("PostgreSQL", "Redis"),
        ),
        # In the order of their names: the audits, which measure times, begin together.
        Part(
            "browser",
            [*on_two, "--no-loadscope-reorder", "tests/functional"],
            {"GOLDVEIN_TEST_CHROMIUM": browser or ""},
            ("Chromium",),
        ),
    ]


def run(part: Part) -> tuple[int, float]:
    print(f"\n=== {part.name} ===", flush=True)
    start = time.monotonic()
    clean = {k: v for k, v in os.environ.items() if not k.startswith("GOLDVEIN_") or k.startswith("GOLDVEIN_TEST_")}
    with tempfile.TemporaryDirectory(prefix="goldvein-test-", ignore_cleanup_errors=True) as home:
        environment = {
            **clean,
            "GOLDVEIN_HOME": home,
            "OMP_NUM_THREADS": "1",
            **{k: v for k, v in part.environment.items() if v},
        }
        code = subprocess.run(part.command, cwd=ROOT, env=environment, check=False, stdin=subprocess.DEVNULL).returncode
    return code, time.monotonic() - start


def main(wanted: list[str]) -> int:
    found = services.find()
    browser, why_not = browsers.find()
    missing = {"PostgreSQL": found.database_url is None, "Redis": found.redis_url is None, "Chromium": browser is None}
    reasons = found.missing + ([why_not] if why_not else [])
    lines, failed, left_out = [], 0, 0
    with found.stop:
        for part in parts(found, browser):
            if wanted and not any(w in part.name for w in wanted):
                continue
            lacking = [n for n in part.needs if missing[n]]
            if lacking:
                left_out += 1
                lines.append(f"DID NOT RUN  {part.name}: needs {' and '.join(lacking)}")
                continue
            code, seconds = run(part)
            failed += code != 0
            lines.append(f"{'FAILED' if code else 'passed'}  {part.name} ({seconds:.0f} s)")
    print("\n=== summary ===")
    print("\n".join(lines))
    if left_out:
        print("!!! Some tests DID NOT RUN:\n" + "\n".join(f"!!! {r}" for r in reasons))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
