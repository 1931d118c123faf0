"""Embeddings are asked for ahead, in the order of play, for everybody alike."""

import asyncio
import time
from datetime import timedelta

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.utils import timezone

from inference.engine import SEGMENTERS
from inference.engine.registry import Entry
from inference.transport import prefetch, tasks, worker
from inference.transport.messages import Ask
from inference.transport.models import Proposal
from tests.integration.inference.conftest import assign
from webapp.tasks.models import Hand


def files(*assignments):
    return [a.task.image.file for a in assignments]


def test_the_nearest_pictures_of_every_active_hand_come_first(table):
    found = prefetch.upcoming(timezone.now())
    assert set(found[:2]) == set(files(table.claimed, table.of_bob))
    assert found[2:] == files(table.dealt)


def test_people_who_left_are_not_prepared_for_and_newcomers_are(table, settings):
    Hand.objects.update(asked_at=timezone.now() - timedelta(hours=1))
    assert prefetch.upcoming(timezone.now()) == []
    spare = Hand.objects.create(project=table.project)
    first = assign(settings, spare, table.claimed.task.label, 0)
    assert prefetch.upcoming(timezone.now()) == files(first)


def test_projects_without_assist_are_left_alone(table):
    table.project.assist = False
    table.project.save()
    assert prefetch.upcoming(timezone.now()) == []


def test_the_demo_segmenter_needs_nothing_ahead(table):
    assert prefetch.tick(timezone.now()) == 0


def test_each_picture_is_asked_for_once(table, settings, monkeypatch):
    """With a segmenter whose encoding is worth doing ahead; the rest is the real thing, role `all`."""
    monkeypatch.setitem(SEGMENTERS, "careful", Entry("inference.engine.demo:load", False, True))
    settings.SEGMENTER, settings.SEGMENTER_CHECKPOINT, settings.ROLE = "careful", "", "worker"
    sent = []
    monkeypatch.setattr(tasks.prepare_picture, "apply_async", lambda args, **_: sent.append(args[0]))
    monkeypatch.setattr(prefetch, "_asked_for", type(prefetch._asked_for)())
    assert [prefetch.tick(timezone.now()), prefetch.tick(timezone.now())] == [3, 0]
    assert set(sent) == set(files(table.claimed, table.of_bob, table.dealt))
    tasks.prepare_picture(sent[0])
    until(lambda: len(list((settings.HOME / "embeddings").rglob("*.npz"))) == 1)
    worker.prepare("gone.png")  # logged, nothing more


def until(condition):
    for _ in range(500):
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError("It did not happen within ten seconds.")


async def next_message(channel):
    message = await get_channel_layer().receive(channel)
    # Redis' layer crosses a delivered message off in a task of its own, which must not end with this loop.
    await asyncio.gather(*asyncio.all_tasks() - {asyncio.current_task()})
    return message


def test_the_gpu_worker_answers_through_the_channel_layer(table, monkeypatch):
    # A process hears only under addresses that its own layer gave out.
    channel = async_to_sync(get_channel_layer().new_channel)()
    ask = Ask(str(table.claimed.id), 5, table.claimed.task.image.file, [26.0, 19.0, 70.0, 61.0], [])
    sent = []
    monkeypatch.setattr(tasks, "_on_its_way", sent.append)
    tasks.answer_prompt(ask.to_json(), channel)
    until(lambda: sent and sent[0].done())  # the in-memory layer wakes nobody in another loop
    message = async_to_sync(next_message)(channel)
    assert (message["type"], message["sequence"]) == ("assist.answer", 5)
    assert message["mask"] == Proposal.objects.get().rle


def test_an_assignment_that_is_gone_gives_a_reason_not_a_crash(table):
    table.dealt.delete()
    ask = Ask(str(table.dealt.pk or "00000000-0000-4000-8000-000000000000"), 1, "gone.png", [0.0, 0.0, 9.0, 9.0], [])
    assert worker.replies_to([ask])[0]["reason"] == "The picture could not be read."
