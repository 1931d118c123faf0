"""Measures the volunteer loop on a production-like site."""

import json
import os
import platform
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from webapp.config.benchmarks.loop import play
from webapp.config.benchmarks.seed import seed_masks
from webapp.config.benchmarks.site import manage, running_site

SERVER = "postgres://postgres@127.0.0.1:5432/postgres"
REDIS = "redis://127.0.0.1:6379/8"
SERVERS = ["wsgi", "asgi"]
COMPARED = 10_000  # tasks at which numbers of clients and servers are compared


class Command(BaseCommand):
    help = (
        "Measures next, picture and answer on PostgreSQL with 4 web processes, by number of clients and of tasks, "
        "a web server with another, and an export of masks. Example: manage.py benchmark --seconds 20 --json"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seconds", type=float, default=15, help="Of each measurement (default 15).")
        parser.add_argument("--clients", type=int, nargs="+", default=[1, 8, 32])
        parser.add_argument("--tasks", type=int, nargs="+", default=[1_000, 10_000, 100_000])
        parser.add_argument("--masks", type=int, default=5_000, help="Masks to export; 0 leaves the export out.")
        parser.add_argument("--servers", nargs="+", choices=SERVERS, default=SERVERS, help="Web servers to compare.")
        parser.add_argument("--json", action="store_true")

    def handle(self, *, seconds: float, clients: list[int], tasks: list[int], masks: int, **options: Any) -> None:
        result: dict[str, Any] = {
            "machine": f"{os.cpu_count()} cores, {platform.platform()}",
            "date": timezone.now().date().isoformat(),
            "loop": [],
        }
        first, *others = options["servers"]
        runs = [(first, count, clients if count == COMPARED else [8]) for count in tasks]
        runs += [(server, COMPARED, [8]) for server in others]
        for server, count, numbers in runs:
            with self._site(tasks=count, server=server) as site:
                play(site.port, clients=2, seconds=2)  # warm-up
                for number in numbers:
                    row = {"server": server, "tasks": count, **self._measure(site, number, seconds)}
                    result["loop"].append(row)
                    self._say(row, options["json"])
        if masks:
            with self._site(tasks=1) as site:
                result["export"] = self._export(site, masks)
            self._say(result["export"], options["json"])
        if options["json"]:
            self.stdout.write(json.dumps(result, indent=1))

    def _site(self, **options: Any) -> Any:
        server = os.environ.get("GOLDVEIN_TEST_DATABASE_URL", SERVER)
        return running_site(server, os.environ.get("GOLDVEIN_TEST_REDIS_URL", REDIS), **options)

    def _export(self, site: Any, masks: int) -> dict[str, Any]:
        """Seconds and megabytes of an export, the start of the command included."""
        seed_masks(site.database_url, masks=masks)
        row: dict[str, Any] = {"masks": masks}
        for kind in ("coco", "png"):
            out = Path(site.environment["GOLDVEIN_HOME"]) / f"masks.{kind}.zip"
            start = time.perf_counter()
            manage(site.environment, "export_dataset", "benchmark-masks", "--format", kind, "--out", str(out))
            row[f"{kind}_seconds"] = round(time.perf_counter() - start, 1)
            row[f"{kind}_megabytes"] = round(out.stat().st_size / 1e6, 1)
        return row

    def _measure(self, site: Any, number: int, seconds: float) -> dict[str, Any]:
        before, start = site.cpu_seconds(), time.perf_counter()
        figures = play(site.port, clients=number, seconds=seconds)
        elapsed, after = time.perf_counter() - start, site.cpu_seconds()
        if figures.errors:
            raise CommandError(f"The benchmark's volunteers met an error: {figures.errors[0]}")
        loops = len(figures.seconds["loop"])
        row: dict[str, Any] = {"clients": number, "loops_per_second": round(loops / elapsed, 1), "waits": figures.waits}
        for kind in ("next", "image", "submit", "loop"):
            row[f"{kind}_p50_ms"] = round(figures.percentile(kind, 50), 1)
            row[f"{kind}_p95_ms"] = round(figures.percentile(kind, 95), 1)
        for part in before:
            row[f"{part}_cpu_ms"] = round((after[part] - before[part]) * 1000 / max(loops, 1), 2)
        return row

    def _say(self, row: dict[str, Any], quiet: bool) -> None:
        if not quiet:
            self.stdout.write("  ".join(f"{key} {value}" for key, value in row.items()))
            self.stdout.flush()
