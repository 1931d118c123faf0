"""Two gpu workers, sixteen people who alternate pictures: one encoding a picture, even with a worker killed over it."""

import asyncio
import os
import shutil
import signal
import time

import pytest

from inference.transport import consumers, places
from tests.integration.inference.conftest import Socket, assign
from tests.integration.inference.machines import Gpu, ask_until_mask, web_process
from tests.integration.inference.test_assist_socket import new_token, prompt
from webapp.accounts.models import User
from webapp.tasks.models import Assignment, Hand

pytestmark = [pytest.mark.kill, pytest.mark.once, pytest.mark.timeout(400)]
PICTURES, PEOPLE = 8, 16


@pytest.fixture
def workers(settings, table, monkeypatch):
    """Two gpu workers with their places, and the web process's way to them."""
    if shutil.which("redis-server") is None:
        pytest.skip("needs redis-server, which is not installed")
    with web_process(settings, monkeypatch) as server:
        both = [Gpu(server.url, settings.PICTURES.parent, "tiny") for _ in range(2)]
        until(lambda: places.Living().places() == [0, 1])
        yield both
        for gpu in both:
            gpu.kill()


def until(condition):
    for _ in range(1200):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("It did not happen within a minute.")


def encodes(gpu):
    log = gpu.home / "encodes"
    return log.read_text().split() if log.exists() else []


def deal_to(people, table, settings):
    """For each of so many people an assignment on each of the same pictures."""
    label = table.claimed.task.label
    first = [assign(settings, table.hand, label, 10 + k, Assignment.State.CLAIMED) for k in range(PICTURES)]
    dealt = [first]
    for number in range(1, people):
        user = User.objects.create(pseudonym=f"quiet-owl-{number}")
        hand = Hand.objects.create(project=table.project, annotator=user, asked_at=first[0].claimed_at)
        dealt.append(
            [
                Assignment.objects.create(
                    hand=hand,
                    task=one.task,
                    annotator=user,
                    place=place,
                    state=Assignment.State.CLAIMED,
                    held_until=one.held_until,
                    claimed_at=one.claimed_at,
                )
                for place, one in enumerate(first)
            ]
        )
    return dealt


async def alternate(number, assignments):
    """One person at the pictures in turn, each beginning at another one."""
    token = await new_token(assignments[0].annotator)
    socket = Socket(f"/ws/assist/?token={token}", [])
    await socket.connect()
    for turn in range(PICTURES):
        assignment = assignments[(number + turn) % PICTURES]
        await ask_until_mask(socket, assignment, 1)
    await socket.close()


@pytest.mark.parametrize("routed", [True, False], ids=["by picture", "whoever is free"])
def test_one_encoding_a_picture_whatever_the_pattern(workers, table, settings, monkeypatch, routed):
    """Without places, as before any worker has told its own, both take from one queue: the claims alone keep it so."""
    if not routed:
        monkeypatch.setattr(places.Living, "places", lambda self: [])
    dealt = deal_to(PEOPLE, table, settings)

    async def all_at_once():
        await asyncio.gather(*(alternate(number, assignments) for number, assignments in enumerate(dealt)))

    asyncio.run(all_at_once())
    done = encodes(workers[0])
    assert len(done) == PICTURES
    if routed:
        belongs = [places.ranked(one.task.image.file, [0, 1])[0] for one in dealt[0]]
        assert len(set(done)) == len(set(belongs))  # both worked, if both have pictures


async def test_a_worker_killed_in_the_middle_of_an_encoding_is_followed_by_the_other(workers, table):
    home = workers[0].home
    socket = Socket(f"/ws/assist/?token={await new_token(table.ada)}", [])
    await socket.connect()
    (home / "hold-encode").touch()
    await socket.send(prompt(table.claimed, 1))
    await asyncio.to_thread(until, lambda: encodes(workers[0]))
    killed = int(encodes(workers[0])[0])
    os.kill(killed, signal.SIGKILL)
    died_at = time.monotonic()
    (home / "hold-encode").unlink()
    while (reply := await socket.receive(timeout=10))["type"] == "waiting" and time.monotonic() < died_at + 1:
        pass
    assert time.monotonic() - died_at < consumers.ANSWER_SECONDS + 1
    assert reply["type"] in {"mask", "waiting"} or reply["reason"] == consumers.NO_WORKER
    await ask_until_mask(socket, table.claimed, 100)
    survivor = next(gpu.process.pid for gpu in workers if gpu.process.pid != killed)
    assert encodes(workers[0]) == [str(killed), str(survivor)]
    await asyncio.to_thread(until, lambda: len(places.Living().places()) == 1)
    await socket.close()
