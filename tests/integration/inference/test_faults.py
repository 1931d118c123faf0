"""Faults of the assist's machinery, each by doing it: a killed worker, Redis gone and back, a wrong model file."""

import asyncio
import os
import shutil
import subprocess
import sys
from contextlib import suppress

import pytest

from inference.transport import consumers
from tests.integration.inference.conftest import Socket
from tests.integration.inference.machines import ROOT, Gpu, ask_until_mask, web_process
from tests.integration.inference.test_assist_socket import new_token, prompt

pytestmark = [pytest.mark.kill, pytest.mark.once, pytest.mark.timeout(240)]


@pytest.fixture
def remote(settings, table, monkeypatch):
    """(Redis, gpu worker): the socket in this process is a web process of role play."""
    if shutil.which("redis-server") is None:
        pytest.skip("needs redis-server, which is not installed")
    with web_process(settings, monkeypatch) as server:
        gpu = Gpu(server.url, settings.PICTURES.parent)
        yield server, gpu
        gpu.kill()


async def test_a_worker_killed_in_the_middle_of_a_batch_is_said_clearly_and_another_goes_on(remote, table):
    _, gpu = remote
    socket = Socket(f"/ws/assist/?token={await new_token(table.ada)}", [])
    await socket.connect()
    await ask_until_mask(socket, table.claimed, 1)
    (gpu.home / "hold").touch()
    await socket.send(prompt(table.claimed, 100))
    while not (gpu.home / "holding").exists():
        await asyncio.sleep(0.02)
    gpu.kill()
    while (reply := await socket.receive(timeout=2 * consumers.ANSWER_SECONDS))["type"] == "waiting":
        pass
    assert (reply["type"], reply["sequence"], reply["reason"]) == ("unavailable", 100, consumers.NO_WORKER)
    (gpu.home / "hold").unlink()
    gpu.start()
    await ask_until_mask(socket, table.claimed, 200)
    await socket.close()


async def test_redis_gone_and_back(remote, table):
    server, _ = remote
    token = await new_token(table.ada)
    socket = Socket(f"/ws/assist/?token={token}", [])
    await socket.connect()
    await ask_until_mask(socket, table.claimed, 1)
    server.stop()
    # The socket may break with its layer; a page then connects anew and hears the same: nobody is left waiting.
    with suppress(Exception):
        await socket.send(prompt(table.claimed, 100))
        assert (await socket.receive(timeout=10))["type"] == "unavailable"
    with suppress(Exception):
        await socket.close()
    await asyncio.to_thread(server.start)
    again = Socket(f"/ws/assist/?token={token}", [])
    await again.connect()
    await ask_until_mask(again, table.claimed, 200)
    await again.close()


def test_a_wrong_model_file_is_one_sentence_when_the_worker_starts(tmp_path):
    """Missing, and there but no model: the worker says so and does not start."""
    wrong = tmp_path / "sam.pth"
    wrong.write_bytes(b"not weights")
    for checkpoint, sentence in (
        (tmp_path / "gone.pth", "does not exist or is not a file"),
        (wrong, "does not hold the weights of sam_vit_b"),
    ):
        environment = os.environ | {
            "GOLDVEIN_ROLE": "gpu",
            "GOLDVEIN_BROKER_URL": "redis://127.0.0.1:1/0",
            "GOLDVEIN_HOME": str(tmp_path),
            "GOLDVEIN_SEGMENTER": "sam_vit_b",
            "GOLDVEIN_SEGMENTER_CHECKPOINT": str(checkpoint),
        }
        code = "import django; django.setup(); from inference.transport.tasks import load_segmenter; load_segmenter()"
        found = subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env=environment | {"DJANGO_SETTINGS_MODULE": "webapp.config.settings"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert found.returncode == 1
        assert sentence in found.stderr.splitlines()[-1]
