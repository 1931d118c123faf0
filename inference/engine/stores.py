"""Embeddings as files of one folder, within a bound; several processes, and over NFS several machines, may share it."""

import hashlib
import os
import threading
import zipfile
from contextlib import suppress
from pathlib import Path

import numpy as np

from inference.engine.protocol import Embedding

SWEEP_EVERY = 32  # writes between two looks at how much disk is used


class FolderStore:
    """At most about `max_bytes` of embeddings under `folder`; the longest unused go first."""

    def __init__(self, folder: Path, *, max_bytes: int) -> None:
        self.folder = folder
        self._max_bytes = max_bytes
        self._writes = 0

    def has(self, key: str) -> bool:
        return self._path(key).exists()

    def read(self, key: str) -> Embedding | None:
        """The embedding under `key`, or None; half a file, left by a power cut, is deleted."""
        path = self._path(key)
        try:
            with np.load(path, allow_pickle=False) as file:
                embedding = Embedding(file["features"], (int(file["size"][0]), int(file["size"][1])))
            os.utime(path)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            with suppress(OSError):
                path.unlink(missing_ok=True)
            return None
        return embedding

    def write(self, key: str, embedding: Embedding) -> None:
        """Keep it: whole, under its name, or not at all. Raises OSError, as on a full disk."""
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f"{path.stem}.{os.getpid()}-{threading.get_ident()}.partial")
        try:
            with partial.open("wb") as file:
                np.savez(file, features=embedding.features, size=np.array(embedding.size))
            partial.replace(path)
        except OSError:
            with suppress(OSError):
                partial.unlink(missing_ok=True)
            raise
        self._writes += 1
        if self._writes % SWEEP_EVERY == 1:
            self._sweep()

    def _path(self, key: str) -> Path:
        name = hashlib.sha256(key.encode()).hexdigest()
        return self.folder / name[:2] / f"{name}.npz"

    def _sweep(self) -> None:
        """Delete the longest unused files until the folder is within its bound."""
        files = []
        for path in self.folder.glob("*/*.npz"):
            try:
                state = path.stat()
            except FileNotFoundError:
                continue
            files.append((state.st_mtime, state.st_size, path))
        used = sum(size for _, size, _ in files)
        for _, size, path in sorted(files):
            if used <= self._max_bytes:
                break
            path.unlink(missing_ok=True)
            used -= size
