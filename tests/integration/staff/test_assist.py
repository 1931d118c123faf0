"""The page that says how the drawing help is doing."""

import threading
import time
from dataclasses import asdict, replace

import pytest
from django.core.cache import cache

from inference.transport import figures, metrics, places

PAGE = "/staff/assist/"


@pytest.fixture(autouse=True)
def nobody_tells_by_itself(monkeypatch):
    """Once an engine has run in this process, for another test, it goes on telling for as long as the process lives."""
    tell = figures.tell

    def unless_by_itself(name):
        if threading.current_thread().name != "assist-figures":
            tell(name)

    monkeypatch.setattr(figures, "tell", unless_by_itself)
    names = [figures.EMBEDDED, *(places.queue(place) for place in range(places.PLACES))]
    cache.delete_many([f"assist-figures-{name}" for name in names])


def test_before_any_engine_has_run_the_page_says_so(office):
    assert "No engine has told anything yet" in office.browser("researcher").get(PAGE).content.decode()


def test_what_this_process_counted_is_what_the_page_shows(office):
    before = figures.of_this_process("gpu.2")
    metrics.ANSWERS.labels("mask").inc(3)
    metrics.DROPPED.labels("superseded").inc(5)
    metrics.EMBEDDINGS.labels("made").inc()
    for _ in range(4):
        metrics.ENCODE_SECONDS.observe(0.2)
    figures.tell("gpu.2")
    told = figures.of_all_processes()[0]
    assert told.process == "gpu.2"
    assert told.answers["mask"] == before.answers.get("mask", 0) + 3
    assert told.dropped["superseded"] == before.dropped.get("superseded", 0) + 5
    assert told.encode.count == before.encode.count + 4
    body = office.browser("researcher").get(PAGE).content.decode()
    assert "<h2>gpu.2</h2>" in body
    assert f"mask {told.answers['mask']}" in body
    assert f"superseded {told.dropped['superseded']}" in body


def test_a_spread_is_that_of_its_histogram():
    """Four of .2 s: mean 200 ms, all in the class up to .3 s."""
    before = figures.of_this_process("gpu.2").encode
    for _ in range(1000):
        metrics.ENCODE_SECONDS.observe(0.2)
    after = figures.of_this_process("gpu.2").encode
    assert after.below == 0.3
    assert after.mean * after.count == pytest.approx(before.mean * before.count + 200)


def test_processes_count_for_themselves_and_the_silent_one_is_named(office):
    figures.tell("gpu.0")
    long_ago = replace(figures.of_this_process("gpu.1"), told_at=time.time() - 3600)
    cache.set("assist-figures-gpu.1", asdict(long_ago), 60)
    first, second = figures.of_all_processes()
    assert (first.process, first.silent) == ("gpu.0", False)
    assert (second.process, second.silent) == ("gpu.1", True)
    assert "silent for 1\xa0hour" in office.browser("researcher").get(PAGE).content.decode()
