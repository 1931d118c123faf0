"""Embeddings kept, as float16: the newest in memory, the rest on disk, and if wanted in a store that machines share.

Keys name the model's weights, its preprocessing and the picture, so an entry never goes stale; it is only forgotten.
"""

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

import numpy as np

from inference.engine.claims import Claims
from inference.engine.protocol import Embedding
from inference.engine.stores import FolderStore

logger = logging.getLogger(__name__)

MEMORY_BYTES = 256 * 2**20


class MadeElsewhere(Exception):
    """Another process is making this embedding; it will be at hand soon."""


def _stored(embedding: Embedding) -> Embedding:
    """The embedding as it survives: floats as float16, so that the first answer equals every later one."""
    features = embedding.features
    if np.issubdtype(features.dtype, np.floating):
        features = features.astype(np.float16)
    return Embedding(features, embedding.size)


class EmbeddingCache:
    """Least recently used goes first, in memory and on disk. Safe to use from several threads and processes.

    Whoever wants the same missing embedding, threads or processes, makes it once; a process that is killed over it is
    followed by the next. `shared` is a folder that several machines see; the claims then lie there.
    """

    def __init__(
        self, folder: Path, *, disk_bytes: int, memory_bytes: int = MEMORY_BYTES, shared: Path | None = None
    ) -> None:
        self._stores = [FolderStore(place, max_bytes=disk_bytes) for place in (folder, shared) if place]
        self._claims = Claims(self._stores[-1].folder)
        self._memory_bytes = memory_bytes
        self._memory: OrderedDict[str, Embedding] = OrderedDict()
        self._used = 0
        self._lock = threading.RLock()
        self._making: dict[str, threading.Lock] = {}

    def get(self, key: str, make: Callable[[], Embedding], *, keep: bool = True, wait: bool = True) -> Embedding:
        """The embedding under `key`, made with `make` if need be; with `keep` it also goes to disk.

        Raises `MadeElsewhere` if another process is making it and `wait` is False.
        """
        with self._lock:
            found = self._remembered(key)
            if found is not None:
                return found
            flight = self._making.setdefault(key, threading.Lock())
        try:
            with flight:
                with self._lock:
                    found = self._remembered(key)
                if found is None:
                    found = self._kept_or_made(key, make, wait) if keep else _stored(make())
                    self._remember(key, found)
        finally:
            with self._lock:
                self._making.pop(key, None)
        return found

    def has(self, key: str) -> bool:
        """Whether `key` is at hand without making it."""
        with self._lock:
            return key in self._memory or any(store.has(key) for store in self._stores)

    def _remembered(self, key: str) -> Embedding | None:
        if key in self._memory:
            self._memory.move_to_end(key)
        return self._memory.get(key)

    def _remember(self, key: str, embedding: Embedding) -> None:
        with self._lock:
            self._memory[key] = embedding
            self._used += embedding.features.nbytes
            while self._used > self._memory_bytes and len(self._memory) > 1:
                _, old = self._memory.popitem(last=False)
                self._used -= old.features.nbytes

    def _kept_or_made(self, key: str, make: Callable[[], Embedding], wait: bool) -> Embedding:
        if (found := self._read(key)) is not None:
            return found
        with self._claims.hold(key, wait=wait) as mine:
            if not mine:
                raise MadeElsewhere
            if (found := self._read(key)) is not None:  # whoever had the claim before
                return found
            made = _stored(make())
            self._write(key, made, self._stores)
        return made

    def _read(self, key: str) -> Embedding | None:
        """From the nearest store that has it; nearer ones get a copy."""
        for number, store in enumerate(self._stores):
            if (found := store.read(key)) is not None:
                self._write(key, found, self._stores[:number])
                return found
        return None

    def _write(self, key: str, embedding: Embedding, stores: list[FolderStore]) -> None:
        for store in stores:
            try:
                store.write(key, embedding)
            except OSError as error:  # a full disk: it is made again when memory has forgotten it
                logger.warning("An embedding could not be kept in %s: %s", store.folder, error)
