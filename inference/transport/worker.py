"""The engine's side of the assist: one segmenter a process, its embeddings, and a record of every proposal.

Runs in the gpu worker, or in the gpu thread of role `all`; torch is imported here and nowhere before.
"""

import logging
import threading
import time
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.db import close_old_connections
from PIL import Image as Pillow

from inference.engine import Embedding, Prompt, Proposal, Segmenter, SegmenterError, WarmsUp, entry, load
from inference.engine.cache import EmbeddingCache, MadeElsewhere
from inference.transport import metrics, models
from inference.transport.messages import Ask
from quality.domain.masks import encode as encode_rle
from webapp.images import store

logger = logging.getLogger(__name__)
_loading = threading.Lock()
FAILED = "The assist failed on this picture."


@cache
def _segmenter(name: str, checkpoint: str) -> Segmenter:
    return load(name, checkpoint or None)


def segmenter() -> Segmenter:
    """The configured segmenter, loaded once a process; raises `SegmenterError` with one sentence."""
    with _loading:
        return _segmenter(settings.SEGMENTER, settings.SEGMENTER_CHECKPOINT)


@cache
def _embeddings(folder: str) -> EmbeddingCache:
    shared = Path(settings.EMBEDDINGS_SHARED) if settings.EMBEDDINGS_SHARED else None
    return EmbeddingCache(Path(folder), disk_bytes=settings.EMBEDDING_DISK_BYTES, shared=shared)


def read_picture(file: str) -> np.ndarray:
    """The served picture as uint8[h, w, 3]; raises `SegmenterError` when it cannot be read."""
    try:
        with Pillow.open(store.picture_path(file)) as picture:
            return np.asarray(picture.convert("RGB"))
    except (OSError, ValueError) as error:
        raise SegmenterError("The picture could not be read.") from error


def _key(file: str) -> str:
    model = segmenter()
    return f"{model.name}-{model.version}-{file}"


def _cache() -> EmbeddingCache:
    return _embeddings(str(settings.HOME / "embeddings"))


def at_hand(file: str) -> bool:
    """Whether a prompt on this picture can be decoded without encoding it first."""
    if not entry(settings.SEGMENTER).encodes:
        return True
    try:
        return _cache().has(_key(file))
    except SegmenterError:
        return True  # no segmenter: whoever decodes will say so


def embedding_of(file: str, *, wait: bool = True) -> Embedding:
    """The picture's embedding: from memory, from disk, or made now. Cheap ones are never kept on disk.

    Raises `MadeElsewhere` where another process is making it and `wait` is False.
    """
    model, made = segmenter(), []

    def make() -> Embedding:
        made.append(True)
        with metrics.ENCODE_SECONDS.time():
            return model.encode(read_picture(file))

    found = _cache().get(_key(file), make, keep=entry(settings.SEGMENTER).encodes, wait=wait)
    metrics.EMBEDDINGS.labels("made" if made else "at hand").inc()
    return found


def why_not_encoded(file: str) -> str | None:
    """Make the picture's embedding; None, or the reason why that cannot be.

    Raises `MadeElsewhere` where another process is making it: nobody waits for that here.
    """
    try:
        embedding_of(file, wait=False)
    except MadeElsewhere:
        raise
    except SegmenterError as error:
        return str(error)
    except Exception:
        logger.exception("A picture could not be encoded.")
        return FAILED
    return None


def prepare(file: str) -> None:
    """Make the picture's embedding ahead, unless another process does; an unreadable picture is no reason to stop."""
    with suppress(MadeElsewhere):
        if reason := why_not_encoded(file):
            logger.warning("No embedding for %s: %s", file, reason)


def _prompt(ask: Ask) -> Prompt:
    box = (ask.box[0], ask.box[1], ask.box[2], ask.box[3]) if ask.box else None
    return Prompt(box, tuple((x, y, bool(inside)) for x, y, inside in ask.points))


def _decode(asks: list[Ask]) -> list[Proposal | str]:
    """A proposal an ask, or the reason why there is none. Where a batch fails, each is tried alone."""
    rows: list[tuple[Embedding, Prompt]] = []
    failed: dict[int, str] = {}
    for index, ask in enumerate(asks):
        try:
            rows.append((embedding_of(ask.file), _prompt(ask)))
        except SegmenterError as error:
            failed[index] = str(error)
        except Exception:
            logger.exception("A picture could not be encoded.")
            failed[index] = FAILED
    good = [index for index in range(len(asks)) if index not in failed]
    found: dict[int, Proposal | str] = dict(failed)
    try:
        metrics.BATCH_SIZE.observe(len(rows))
        with metrics.DECODE_SECONDS.time():
            found.update(zip(good, segmenter().decode_rows(rows), strict=True))
    except Exception as error:
        if len(asks) > 1:
            return [alone for ask in asks for alone in _decode([ask])]
        if not isinstance(error, SegmenterError):
            logger.exception("The assist could not answer.")
        found[0] = str(error) if isinstance(error, SegmenterError) else FAILED
    return [found[index] for index in range(len(asks))]


def _record(asks: list[Ask], proposals: list[Proposal], milliseconds: float) -> list[dict[str, Any]]:
    """Keep what was proposed, in one insert; returns the masks {"x", "y", "rle"} in served pixels.

    The record comes before the reply, so that nobody ever builds on a proposal that is not known here (I10).
    """
    model = segmenter()
    masks = [{"x": p.x, "y": p.y, "rle": encode_rle(p.mask)} for p in proposals]
    models.Proposal.objects.bulk_create(
        models.Proposal(
            assignment_id=ask.assignment,
            sequence=ask.sequence,
            prompt={"box": ask.box, "points": ask.points},
            model=model.name,
            model_version=model.version,
            rle=mask,
            score=proposal.score,
            stability=proposal.stability,
            milliseconds=milliseconds,
        )
        for ask, proposal, mask in zip(asks, proposals, masks, strict=True)
    )
    return masks


def warm_up() -> None:
    """Load the model before anybody waits for it: the first import of torch alone takes seconds."""
    try:
        model = segmenter()
        if isinstance(model, WarmsUp):
            model.warm_up()
        else:
            model.decode(model.encode(np.zeros((32, 32, 3), np.uint8)), [Prompt((8, 8, 24, 24))])
    except SegmenterError as error:
        logger.error("The assist has no segmenter: %s", error)


def _head(ask: Ask, kind: str) -> dict[str, Any]:
    return {"type": kind, "assignment": ask.assignment, "sequence": ask.sequence}


def refusal(ask: Ask, reason: str) -> dict[str, Any]:
    """The channel message that says why there is no mask."""
    metrics.ANSWERS.labels("failed" if reason == FAILED else "refused").inc()
    return _head(ask, "assist.answer") | {"reason": reason}


def waiting(ask: Ask, position: int, seconds: float) -> dict[str, Any]:
    """The channel message that says how many are before this prompt and about how long it will take."""
    return _head(ask, "assist.waiting") | {"position": position, "seconds": round(seconds, 1)}


def replies_to(asks: list[Ask]) -> list[dict[str, Any]]:
    """The channel messages that answer `asks`, whatever happens: a mask, or a reason why there is none."""
    started = time.perf_counter()
    close_old_connections()
    try:
        decoded = _decode(asks)
        answered = [(ask, p) for ask, p in zip(asks, decoded, strict=True) if isinstance(p, Proposal)]
        masks = _record([a for a, _ in answered], [p for _, p in answered], 1000 * (time.perf_counter() - started))
    except Exception:
        logger.exception("The assist could not answer.")
        return [refusal(ask, FAILED) for ask in asks]
    metrics.ANSWERS.labels("mask").inc(len(masks))
    left = iter(masks)
    return [
        refusal(ask, p) if isinstance(p, str) else _head(ask, "assist.answer") | {"mask": next(left)}
        for ask, p in zip(asks, decoded, strict=True)
    ]
