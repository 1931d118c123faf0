"""Batches for the device: a few fixed sizes, halved when memory runs out, and embeddings kept where they are used."""

import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from inference.engine.protocol import SegmenterError

Item = TypeVar("Item")
Answer = TypeVar("Answer")
BUCKETS = (1, 2, 4, 8, 16, 32, 64)  # batch sizes that exist; a compiled decoder is compiled once for each


def bucket(count: int) -> int:
    """The least batch size that holds `count` rows (1 to 64)."""
    return next(size for size in BUCKETS if size >= count)


class Chunks:
    """Runs work on rows in chunks of at most `limit`; halves the limit for good when the device's memory runs out.

    A single row that does not fit calls `smaller` once (move the model to the processor), then is tried again.
    """

    def __init__(self, limit: int, smaller: Callable[[], None] | None = None) -> None:
        self.limit = limit
        self._smaller = smaller

    def run(self, rows: list[Item], work: Callable[[list[Item]], list[Answer]]) -> list[Answer]:
        """`work` on consecutive parts of `rows`; the answers in order. Raises `SegmenterError` if nothing fits."""
        answers: list[Answer] = []
        while len(answers) < len(rows):
            part = rows[len(answers) : len(answers) + self.limit]
            try:
                answers += work(part)
            except torch.OutOfMemoryError:
                self._shrink(len(part))
        return answers

    def _shrink(self, tried: int) -> None:
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        if tried > 1:
            self.limit = tried // 2
        elif self._smaller is not None:
            smaller, self._smaller = self._smaller, None
            smaller()
        else:
            raise SegmenterError("The segmenter needs more memory than this machine has, even for one prompt.")


class DeviceCopies:
    """Arrays as float32 on the device, as long as the array itself lives and the copies stay below `max_bytes`.

    Least recently used goes first. An array is known by identity: a changed array would not be noticed, so only
    embeddings, which nobody changes, are kept here.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes, self._used = max_bytes, 0
        self._kept: OrderedDict[int, tuple[weakref.ref[npt.NDArray[np.generic]], Tensor]] = OrderedDict()
        self._lock = threading.RLock()

    def get(self, array: npt.NDArray[np.generic], device: torch.device) -> Tensor:
        """`array` as float32 tensor on `device`."""
        key = id(array)
        with self._lock:
            if key in self._kept and self._kept[key][1].device.type == device.type:
                self._kept.move_to_end(key)
                return self._kept[key][1]
            self._forget(key)
            copy = torch.from_numpy(np.asarray(array, np.float32)).to(device)
            self._kept[key] = weakref.ref(array, lambda _: self._forget(key)), copy
            self._used += copy.nbytes
            while self._used > self._max_bytes and len(self._kept) > 1:
                self._forget(next(iter(self._kept)))
            return copy

    def _forget(self, key: int) -> None:
        with self._lock:
            if key in self._kept:
                self._used -= self._kept.pop(key)[1].nbytes
