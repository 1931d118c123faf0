"""A real site in a process of its own, as `make run` serves it, on a folder of its own."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Site:
    """`url` without a trailing slash; `environment` is what its commands must run with."""

    url: str
    home: Path
    environment: dict[str, str]
    process: subprocess.Popen

    def manage(self, *arguments: str, timeout: float = 600) -> str:
        """Run a command against this site; its output, or its error as the failure."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        assert done.returncode == 0, f"manage.py {arguments[0]} failed:\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def kill(self) -> None:
        """kill -9, as a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def start(self) -> None:
        port = self.url.rpartition(":")[2]
        self.process = _serve(self.environment, port)
        _wait(self.url, self.process)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _serve(environment: dict[str, str], port: str) -> subprocess.Popen:
    command = [sys.executable, "manage.py", "serve", "--host", "127.0.0.1", "--port", port]
    with open(Path(environment["GOLDVEIN_HOME"]) / "serve.log", "ab") as log:
        return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)


def _wait(url: str, process: subprocess.Popen) -> None:
    for _ in range(600):
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(f"{url}/healthz", timeout=2).status_code == 200:
                return
        assert process.poll() is None, "The site stopped while starting; see serve.log."
        time.sleep(0.1)
    raise AssertionError(f"The site did not answer at {url} within a minute.")


def _environment(home: Path, **extra: str) -> dict[str, str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith("GOLDVEIN_")}
    return {**clean, "GOLDVEIN_HOME": str(home), **extra}


QUICK = (
    "from webapp.projects.models import Project; from quality.store.services import set_policy;"
    "[set_policy(by=None, project=project, score_delay_seconds=5) for project in Project.objects.all()]"
)


def load_demo(home: Path) -> None:
    """Fill an empty folder with the demonstration; scores come as soon as any policy has them."""
    for command in (["migrate", "-v", "0"], ["demo"], ["shell", "-v", "0", "-c", QUICK]):
        subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=_environment(home), check=True)


@contextlib.contextmanager
def running(home: Path, **extra: str) -> Iterator[Site]:
    """Migrate a folder and serve it; stopped (and its folder left) at the end."""
    environment = _environment(home, **extra)
    url = f"http://127.0.0.1:{free_port()}"
    subprocess.run([sys.executable, "manage.py", "migrate", "-v", "0"], cwd=ROOT, env=environment, check=True)
    site = Site(url, home, environment, None)  # type: ignore[arg-type]  # the process comes with start()
    site.start()
    try:
        yield site
    finally:
        site.process.terminate()
        try:
            site.process.wait(15)
        except subprocess.TimeoutExpired:
            site.process.kill()
