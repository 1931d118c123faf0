"""Embeddings are made once, survive a restart, and stay within their bounds."""

import multiprocessing
import os
import signal
import threading
import time

import numpy as np
import pytest

from inference.engine.cache import EmbeddingCache, MadeElsewhere
from inference.engine.claims import Claims
from inference.engine.protocol import Embedding
from inference.engine.stores import SWEEP_EVERY


def embedding(value=1.5, count=1000):
    return Embedding(np.full(count, value, np.float32), (30, 40))


def never():
    raise AssertionError("made again")


def test_made_once_then_remembered_then_read_from_disk(tmp_path):
    first = EmbeddingCache(tmp_path, disk_bytes=10**6)
    made = first.get("a", embedding)
    assert made.features.dtype == np.float16
    assert first.get("a", never) is made
    later = EmbeddingCache(tmp_path, disk_bytes=10**6).get("a", never)
    assert later.size == (30, 40)
    assert np.array_equal(later.features, made.features)


def test_what_is_not_kept_never_reaches_the_disk(tmp_path):
    EmbeddingCache(tmp_path, disk_bytes=10**6).get("a", embedding, keep=False)
    assert list(tmp_path.rglob("*.npz")) == []


def test_whole_numbers_stay_whole(tmp_path):
    image = Embedding(np.full((2, 2, 3), 201, np.uint8), (2, 2))
    assert EmbeddingCache(tmp_path, disk_bytes=1).get("a", lambda: image).features.dtype == np.uint8


def test_memory_forgets_the_least_recently_used(tmp_path):
    store = EmbeddingCache(tmp_path, disk_bytes=10**6, memory_bytes=5000)  # two of 2,000 bytes
    store.get("a", embedding, keep=False)
    store.get("b", embedding, keep=False)
    store.get("a", never, keep=False)
    store.get("c", embedding, keep=False)
    assert [store.has(key) for key in "abc"] == [True, False, True]


def test_disk_stays_within_its_bound(tmp_path):
    store = EmbeddingCache(tmp_path, disk_bytes=10_000, memory_bytes=1)
    for number in range(2 * SWEEP_EVERY + 1):  # the last write sweeps
        store.get(str(number), embedding)
    assert sum(path.stat().st_size for path in tmp_path.rglob("*.npz")) <= 10_000
    assert store.get(str(2 * SWEEP_EVERY), never).size == (30, 40)


def test_half_a_file_is_made_again(tmp_path):
    EmbeddingCache(tmp_path, disk_bytes=10**6).get("a", embedding)
    path = next(tmp_path.rglob("*.npz"))
    path.write_bytes(path.read_bytes()[:100])
    assert EmbeddingCache(tmp_path, disk_bytes=10**6).get("a", lambda: embedding(2.0)).features[0] == 2.0


def test_two_threads_that_want_the_same_make_it_once(tmp_path):
    store, made, both = EmbeddingCache(tmp_path, disk_bytes=10**6), [], threading.Barrier(2)

    def make():
        made.append(1)
        return embedding()

    def ask():
        both.wait(5)
        store.get("a", make)

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    assert made == [1]


def test_a_failure_is_not_remembered(tmp_path):
    store = EmbeddingCache(tmp_path, disk_bytes=10**6)

    def fail():
        raise ValueError("no picture")

    for _ in range(2):
        try:
            store.get("a", fail)
        except ValueError:
            continue
    assert store.get("a", embedding).size == (30, 40)


FORK = multiprocessing.get_context("fork")


def until(condition):
    for _ in range(500):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("It did not happen within five seconds.")


def make_in_another_process(folder, hold):
    """A process that makes "a" and lets go of it when the file `hold` is gone; it writes a line a making."""

    def slowly():
        with (folder / "made").open("a") as log:
            log.write(f"{os.getpid()}\n")
        until(lambda: not hold.exists())
        return embedding()

    process = FORK.Process(target=lambda: EmbeddingCache(folder, disk_bytes=10**6).get("a", slowly))
    process.start()
    return process


def made(folder):
    return (folder / "made").read_text().split() if (folder / "made").exists() else []


def test_processes_that_want_the_same_make_it_once(tmp_path):
    (hold := tmp_path / "hold").touch()
    processes = [make_in_another_process(tmp_path, hold) for _ in range(4)]
    until(lambda: made(tmp_path))
    here = EmbeddingCache(tmp_path, disk_bytes=10**6)
    with pytest.raises(MadeElsewhere):
        here.get("a", never, wait=False)
    assert here.get("b", lambda: embedding(3.0), wait=False).features[0] == 3.0  # another picture waits for nobody
    hold.unlink()
    for process in processes:
        process.join(10)
        assert process.exitcode == 0
    assert len(made(tmp_path)) == 1
    assert here.get("a", never).size == (30, 40)


def test_a_process_killed_in_the_making_is_followed_by_the_next(tmp_path):
    (hold := tmp_path / "hold").touch()
    process = make_in_another_process(tmp_path, hold)
    until(lambda: made(tmp_path))
    os.kill(process.pid, signal.SIGKILL)
    process.join(5)
    found = EmbeddingCache(tmp_path, disk_bytes=10**6).get("a", lambda: embedding(2.0), wait=False)
    assert found.features[0] == 2.0
    assert not list(tmp_path.rglob("*.partial"))


def test_a_shared_store_spares_another_machine_the_making(tmp_path):
    one, other, shared = (tmp_path / name for name in ("one", "other", "shared"))
    EmbeddingCache(one, disk_bytes=10**6, shared=shared).get("a", embedding)
    there = EmbeddingCache(other, disk_bytes=10**6, shared=shared)
    assert there.has("a")
    assert there.get("a", never).size == (30, 40)
    assert EmbeddingCache(other, disk_bytes=10**6).get("a", never).size == (30, 40)  # it has a copy of its own now


def test_a_folder_that_cannot_be_written_to_costs_a_copy_and_no_answer(tmp_path):
    (tmp_path / "file").touch()
    cache = EmbeddingCache(tmp_path / "file" / "folder", disk_bytes=10**6)
    assert cache.get("a", embedding).size == (30, 40)


def test_a_claim_ends_with_its_context(tmp_path):
    claims = Claims(tmp_path)
    for _ in range(2):
        with claims.hold("a", wait=False) as mine:
            assert mine
