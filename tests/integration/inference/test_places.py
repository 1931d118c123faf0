"""Which engine answers for a picture."""

import time
from collections import Counter
from types import SimpleNamespace

import pytest
from django.core.cache import cache

from inference.transport import backends, places, tasks
from inference.transport.messages import Ask

PICTURES = [f"{number}.png" for number in range(3000)]


@pytest.fixture(autouse=True)
def all_free():
    keys = [places._key(place) for place in range(places.PLACES)]
    cache.delete_many(keys)
    yield
    cache.delete_many(keys)


def test_pictures_are_spread_evenly_and_only_those_of_a_place_that_goes_move():
    before = {file: places.ranked(file, [0, 1, 2])[0] for file in PICTURES}
    assert all(900 < count < 1100 for count in Counter(before.values()).values())
    after = {file: places.ranked(file, [0, 2])[0] for file in PICTURES}
    assert all(after[file] == place for file, place in before.items() if place != 1)
    assert {after[file] for file, place in before.items() if place == 1} == {0, 2}


def test_a_process_takes_the_first_free_place_and_is_known_by_it():
    first, second = places.Place(), places.Place()
    assert (first.number, second.number) == (0, 1)
    assert places.Living().places() == [0, 1]


def test_a_place_that_nobody_keeps_is_soon_free():
    places.Place()
    time.sleep(places.ALIVE_SECONDS + 0.2)
    assert places.Living().places() == []
    assert places.Place().number == 0


def test_a_place_is_kept_given_up_and_taken_again(monkeypatch, settings):
    """As around the making of gold, which takes minutes in a gpu worker."""
    settings.ROLE = "gpu"
    place = places.Place()
    monkeypatch.setattr(places, "mine", lambda: place)
    place.keep()
    time.sleep(places.ALIVE_SECONDS + 0.5)
    assert places.Living().places() == [0]
    tasks.leave_place(SimpleNamespace(name="inference.answer_prompt"))
    time.sleep(places.ALIVE_SECONDS + 0.5)
    assert places.Living().places() == [0]
    tasks.leave_place(SimpleNamespace(name="quality.supply.make_pack"))
    time.sleep(places.ALIVE_SECONDS + 0.5)
    assert places.Living().places() == []
    tasks.come_back(SimpleNamespace(name="quality.supply.make_pack"))
    time.sleep(places.BEAT_SECONDS + 0.2)
    assert places.Living().places() == [0]
    place.leave()


def test_with_all_places_taken_one_is_shared():
    taken = [places.Place().number for _ in range(places.PLACES)]
    assert taken == list(range(places.PLACES))
    assert places.Place().number in taken


@pytest.fixture
def sent(monkeypatch):
    """What was published: the queues' names, None for the queue of all."""
    queues = []
    monkeypatch.setattr(tasks.answer_prompt, "apply_async", lambda *a, queue=None, **k: queues.append(queue))
    monkeypatch.setattr(places, "living", places.Living())
    return queues


async def ask(avoid=None):
    prompt = Ask("a", 1, "7.png", [1, 1, 9, 9], [])
    return await backends.RemoteBackend().ask(prompt, channel="c", seconds=5, avoid=avoid)


async def test_a_prompt_goes_to_its_picture_s_place_and_then_to_the_next(sent):
    for _ in range(3):
        places.Place()
    nearest, next_one, _ = (places.queue(place) for place in places.ranked("7.png", [0, 1, 2]))
    assert await ask() == nearest
    assert await ask(avoid=nearest) == next_one
    assert sent == [nearest, next_one]


async def test_without_places_it_goes_to_all_and_not_twice(sent):
    assert await ask() == ""
    assert await ask(avoid="") == ""
    assert sent == [None]


async def test_a_lone_engine_is_not_asked_again(sent):
    places.Place()
    assert await ask() == "gpu.0"
    assert await ask(avoid="gpu.0") == "gpu.0"
    assert sent == ["gpu.0"]
