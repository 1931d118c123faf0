"""Embeddings kept: the newest in memory, the rest on disk within a bound, as float16.

Keys name the model's weights, its preprocessing and the picture, so an entry never goes stale; it is only forgotten.
"""

import hashlib
import os
import threading
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

import numpy as np

from inference.engine.protocol import Embedding

MEMORY_BYTES = 256 * 2**20
SWEEP_EVERY = 32  # writes between two looks at how much disk is used


def _stored(embedding: Embedding) -> Embedding:
    """The embedding as it survives: floats as float16, so that the first answer equals every later one."""
    features = embedding.features
    if np.issubdtype(features.dtype, np.floating):
        features = features.astype(np.float16)
    return Embedding(features, embedding.size)


class EmbeddingCache:
    """Least recently used goes first, in memory and on disk. Safe to use from several threads and processes.

    Two threads that want the same missing embedding make it once; two processes may both make it, harmlessly.
    """

    def __init__(self, folder: Path, *, disk_bytes: int, memory_bytes: int = MEMORY_BYTES) -> None:
        self._folder = folder
        self._disk_bytes, self._memory_bytes = disk_bytes, memory_bytes
        self._memory: OrderedDict[str, Embedding] = OrderedDict()
        self._used = 0
        self._writes = 0
        self._lock = threading.RLock()
        self._making: dict[str, threading.Lock] = {}

    def get(self, key: str, make: Callable[[], Embedding], *, keep: bool = True) -> Embedding:
        """The embedding under `key`, made with `make` if need be; with `keep` it also goes to disk."""
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
                    found = (self._read(key) if keep else None) or self._made(key, make, keep)
                    self._remember(key, found)
        finally:
            with self._lock:
                self._making.pop(key, None)
        return found

    def has(self, key: str) -> bool:
        """Whether `key` is at hand without making it."""
        with self._lock:
            return key in self._memory or self._path(key).exists()

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

    def _made(self, key: str, make: Callable[[], Embedding], keep: bool) -> Embedding:
        embedding = _stored(make())
        if keep:
            self._write(key, embedding)
        return embedding

    def _path(self, key: str) -> Path:
        name = hashlib.sha256(key.encode()).hexdigest()
        return self._folder / name[:2] / f"{name}.npz"

    def _read(self, key: str) -> Embedding | None:
        path = self._path(key)
        try:
            with np.load(path, allow_pickle=False) as file:
                embedding = Embedding(file["features"], (int(file["size"][0]), int(file["size"][1])))
            os.utime(path)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            path.unlink(missing_ok=True)  # half a file, after a power cut: make it again
            return None
        return embedding

    def _write(self, key: str, embedding: Embedding) -> None:
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f"{path.stem}.{os.getpid()}-{threading.get_ident()}.partial")
        with partial.open("wb") as file:
            np.savez(file, features=embedding.features, size=np.array(embedding.size))
        partial.replace(path)
        self._writes += 1
        if self._writes % SWEEP_EVERY == 1:
            self._sweep()

    def _sweep(self) -> None:
        """Delete the longest unused files until the folder is within its bound."""
        files = []
        for path in self._folder.glob("*/*.npz"):
            try:
                state = path.stat()
            except FileNotFoundError:
                continue
            files.append((state.st_mtime, state.st_size, path))
        used = sum(size for _, size, _ in files)
        for _, size, path in sorted(files):
            if used <= self._disk_bytes:
                break
            path.unlink(missing_ok=True)
            used -= size
