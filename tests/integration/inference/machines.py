"""A web process with real neighbours: a Redis and gpu workers of its own, to be stopped, killed and started."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import redis

from inference.transport import consumers, places, tasks
from tests.integration.inference.test_assist_socket import prompt
from tests.services import _free_port

ROOT = Path(__file__).resolve().parents[3]


class Redis:
    """A server of its own on a free port, to be stopped and started."""

    def __init__(self):
        self.port = _free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.start()

    def start(self):
        arguments = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self.process = subprocess.Popen(["redis-server", *arguments], stdout=subprocess.DEVNULL)
        client = redis.Redis.from_url(self.url)
        for _ in range(100):
            with suppress(redis.RedisError):
                if client.ping():
                    return
            time.sleep(0.1)

    def stop(self):
        self.process.kill()
        self.process.wait(10)


class Gpu:
    """The gpu worker as a process of its own."""

    def __init__(self, url, home, segmenter="demo"):
        self.home = home
        self.environment = os.environ | {
            "GOLDVEIN_ROLE": "gpu",
            "GOLDVEIN_REDIS_URL": url,
            "GOLDVEIN_BROKER_URL": url,
            "GOLDVEIN_HOME": str(home),
            "GOLDVEIN_SEGMENTER": segmenter,
            "OMP_NUM_THREADS": "1",
        }
        self.start()

    def start(self):
        command = [sys.executable, "-m", "tests.integration.inference.gpu_worker"]
        self.log = (self.home / "worker.log").open("ab")
        self.process = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=self.log, stderr=self.log)

    def kill(self):
        if self.process.poll() is None:
            os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait(10)


@contextmanager
def web_process(settings, monkeypatch):
    """This process as a web process of role play that reaches the Redis it yields."""
    server = Redis()
    settings.ROLE = "play"
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": server.url},
    }
    settings.CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.core.RedisChannelLayer",
            "CONFIG": {"hosts": [{"address": server.url, "socket_timeout": 20}]},
        }
    }
    monkeypatch.setattr(places, "living", places.Living())
    connection = tasks.answer_prompt.app.connection_for_write(server.url)
    asking = partial(tasks.answer_prompt.apply_async, connection=connection)
    monkeypatch.setattr(tasks.answer_prompt, "apply_async", asking)
    yield server
    connection.close()
    server.stop()


async def ask_until_mask(socket, assignment, first):
    """Prompts until one is answered (a worker needs seconds to start); returns how often it was unavailable."""
    for sequence in range(first, first + 40):
        await socket.send(prompt(assignment, sequence))
        while (reply := await socket.receive(timeout=10))["type"] == "waiting":
            pass
        if reply["type"] == "mask":
            return sequence - first
        assert reply["reason"] in {consumers.NO_WORKER, "The assist cannot be reached; draw by hand."}
        await asyncio.sleep(0.5)
    raise AssertionError("No worker ever answered.")
