"""The engine's thread: what is answered together, in which order, and what is not done at all."""

import threading
import time

import pytest

from inference.engine.cache import MadeElsewhere
from inference.transport import engine as engine_module
from inference.transport import worker
from inference.transport.engine import BUSY, Engine
from inference.transport.messages import Ask


def ask(number, *, file="a.png", sequence=1, person="", project=""):
    return Ask(f"assignment-{number}", sequence, file, [1, 1, 9, 9], [], person or str(number), project)


@pytest.fixture
def log():
    return []


@pytest.fixture
def held(monkeypatch, log):
    """An engine whose work is written down in `log` and waits until the gate opens; every picture needs encoding."""
    gate, encoded = threading.Event(), set()

    def replies_to(asks):
        gate.wait(20)
        log.append(("decode", [a.assignment[-1] + f".{a.sequence}" for a in asks]))
        return [{"assignment": a.assignment, "sequence": a.sequence} for a in asks]

    def encode(file):
        log.append(("encode", file))
        encoded.add(file)

    monkeypatch.setattr(worker, "replies_to", replies_to)
    monkeypatch.setattr(worker, "at_hand", lambda file: file in encoded)
    monkeypatch.setattr(worker, "why_not_encoded", encode)
    monkeypatch.setattr(worker, "prepare", encode)
    monkeypatch.setattr(engine_module, "COMPANY_SECONDS", 0.2)
    found = Engine()
    found.gate, found.encoded = gate, encoded
    found.encoded |= {"a.png", "b.png"}
    yield found
    gate.set()
    until(lambda: not (found._asks or found._working))  # its thread must not write into the next test's log


def until(condition):
    for _ in range(400):
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError("It did not happen within eight seconds.")


def test_prompts_of_many_people_on_many_pictures_are_decoded_together(held, log):
    replies = []
    held.gate.set()
    for number in range(6):
        assert held.ask(ask(number, file="ab"[number % 2] + ".png"), f"socket-{number}", replies.append) is None
    until(lambda: len(replies) == 6)
    assert log == [("decode", ["0.1", "1.1", "2.1", "3.1", "4.1", "5.1"])]
    assert [r["assignment"] for r in replies] == [f"assignment-{n}" for n in range(6)]


def test_the_newest_prompt_of_a_socket_takes_the_older_one_s_place(held, log):
    replies = []
    held.ask(ask(9), "other", replies.append)
    until(lambda: held._working)
    for sequence in (1, 2, 3):
        held.ask(ask(1, sequence=sequence), "socket", replies.append)
    held.gate.set()
    until(lambda: len(replies) == 2)
    assert log == [("decode", ["9.1"]), ("decode", ["1.3"])]


def test_encoding_comes_behind_decoding_and_preparing_last(held, log):
    replies = []
    held.ask(ask(9), "first", replies.append)
    until(lambda: held._working)
    held.prepare("later.png")
    held.ask(ask(1, file="new.png"), "one", replies.append)
    held.ask(ask(2), "two", replies.append)
    held.gate.set()
    until(lambda: ("encode", "later.png") in log)
    assert log == [
        ("decode", ["9.1"]),
        ("decode", ["2.1"]),
        ("encode", "new.png"),
        ("decode", ["1.1"]),
        ("encode", "later.png"),
    ]


def test_limits_of_a_person_of_a_project_and_of_all(held, monkeypatch):
    monkeypatch.setattr(engine_module, "PER_PERSON", 2)
    monkeypatch.setattr(engine_module, "PER_PROJECT", 3)
    monkeypatch.setattr(engine_module, "MAX_QUEUED", 4)
    held.ask(ask(9), "first", print)
    until(lambda: held._working)

    def refused(number, person, project):
        return held.ask(ask(number, person=person, project=project), "socket", print)

    assert [refused(n, "ada", "liver") for n in range(3)] == [None, None, BUSY]
    assert [refused(n, "bob", "liver") for n in (4, 5)] == [None, BUSY]
    assert [refused(n, "bob", "heart") for n in (6, 7)] == [None, BUSY]


def test_a_prompt_that_nobody_waits_for_is_dropped_before_any_work(held, log, monkeypatch):
    monkeypatch.setattr(engine_module, "PATIENCE", 0.1)
    replies = []
    held.ask(ask(9), "first", replies.append)
    until(lambda: held._working)
    held.ask(ask(1), "gone", replies.append)
    time.sleep(0.3)
    held.ask(ask(2), "here", replies.append)
    held.gate.set()
    until(lambda: len(replies) == 2)
    assert log == [("decode", ["9.1"]), ("decode", ["2.1"])]


def test_whoever_waits_hears_how_many_are_before_them(held, monkeypatch):
    monkeypatch.setattr(engine_module, "TELL_AFTER", 0.1)
    heard = {n: [] for n in range(3)}
    for number in range(3):
        held.ask(ask(number), f"socket-{number}", heard[number].append)
        until(lambda: held._working)
    until(lambda: all(heard.values()))
    assert [heard[n][0]["position"] for n in range(3)] == [0, 1, 2]
    assert heard[2][0]["type"] == "assist.waiting"
    assert heard[2][0]["seconds"] > 0


def test_a_poison_picture_spoils_only_its_own_prompt(table, settings):
    """Decoded in one batch with others: they get their masks, it gets a sentence."""
    picture = table.claimed.task.image.file
    asks = [
        Ask(str(table.claimed.id), n, file, [26, 19, 70, 61], [])
        for n, file in enumerate([picture, "gone.png", picture])
    ]
    replies = worker.replies_to(asks)
    assert ["mask" in r for r in replies] == [True, False, True]
    assert replies[1]["reason"] == "The picture could not be read."


def test_a_model_that_stumbles_over_one_prompt_still_answers_the_others(table, monkeypatch):
    model = worker.segmenter()
    inner, picture = model.decode_rows, table.claimed.task.image.file

    def stumbles(rows):
        if any(prompt.box[0] == 1 for _, prompt in rows):
            raise RuntimeError("kernel failed")
        return inner(rows)

    monkeypatch.setattr(model, "decode_rows", stumbles)
    asks = [Ask(str(table.claimed.id), n, picture, [float(n), 19, 70, 61], []) for n in (0, 1, 2)]
    replies = worker.replies_to(asks)
    assert ["mask" in r for r in replies] == [True, False, True]
    assert replies[1]["reason"] == "The assist failed on this picture."


def test_what_another_process_encodes_holds_nobody_else_up(held, log, monkeypatch):
    """Its prompt waits, others are answered, and it is answered when the other has made it, or encoded when it died."""
    elsewhere = {"x.png", "y.png"}
    encode = worker.why_not_encoded

    def unless_elsewhere(file):
        if file in elsewhere:
            raise MadeElsewhere
        return encode(file)

    monkeypatch.setattr(worker, "why_not_encoded", unless_elsewhere)
    held.gate.set()
    replies = []
    for number, file in enumerate(("x.png", "y.png", "a.png", "c.png")):
        held.ask(ask(number, file=file), f"socket-{number}", lambda reply: replies.append(reply["assignment"][-1]))
    until(lambda: sorted(replies) == ["2", "3"])
    held.encoded.add("x.png")  # made
    until(lambda: "0" in replies)
    elsewhere.remove("y.png")  # its maker died
    until(lambda: "1" in replies)
    assert [entry for entry in log if entry[0] == "encode"] == [("encode", "c.png"), ("encode", "y.png")]
