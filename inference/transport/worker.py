"""The engine's side of the assist: one segmenter a process, its embeddings, and a record of every proposal.

Runs in the gpu worker, or in the gpu thread of role `all`; torch is imported here and nowhere before.
"""

import logging
import threading
import time
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.db import close_old_connections
from PIL import Image as Pillow

from inference.engine import Embedding, Prompt, Proposal, Segmenter, SegmenterError, entry, load
from inference.engine.cache import EmbeddingCache
from inference.transport import metrics, models
from inference.transport.messages import Ask
from quality.domain.masks import encode as encode_rle
from webapp.images import store

logger = logging.getLogger(__name__)
_loading = threading.Lock()


@cache
def _segmenter(name: str, checkpoint: str) -> Segmenter:
    return load(name, checkpoint or None)


def segmenter() -> Segmenter:
    """The configured segmenter, loaded once a process; raises `SegmenterError` with one sentence."""
    with _loading:
        return _segmenter(settings.SEGMENTER, settings.SEGMENTER_CHECKPOINT)


@cache
def _embeddings(folder: str) -> EmbeddingCache:
    return EmbeddingCache(Path(folder), disk_bytes=settings.EMBEDDING_DISK_BYTES)


def read_picture(file: str) -> np.ndarray:
    """The served picture as uint8[h, w, 3]; raises `SegmenterError` when it cannot be read."""
    try:
        with Pillow.open(store.picture_path(file)) as picture:
            return np.asarray(picture.convert("RGB"))
    except (OSError, ValueError) as error:
        raise SegmenterError("The picture could not be read.") from error


def embedding_of(file: str) -> Embedding:
    """The picture's embedding: from memory, from disk, or made now. Cheap ones are never kept on disk."""
    model = segmenter()
    embeddings = _embeddings(str(settings.HOME / "embeddings"))
    key = f"{model.name}-{model.version}-{file}"

    def make() -> Embedding:
        with metrics.ENCODE_SECONDS.time():
            return model.encode(read_picture(file))

    return embeddings.get(key, make, keep=entry(settings.SEGMENTER).encodes)


def answer(ask: Ask) -> dict[str, Any]:
    """Decode, record, and say the mask: {"x", "y", "rle"} in served pixels; raises `SegmenterError`.

    The record comes before the reply, so that nobody ever builds on a proposal that is not known here (I10).
    """
    started = time.perf_counter()
    close_old_connections()
    box = (ask.box[0], ask.box[1], ask.box[2], ask.box[3]) if ask.box else None
    prompt = Prompt(box, tuple((x, y, bool(inside)) for x, y, inside in ask.points))
    proposal = segmenter().decode(embedding_of(ask.file), [prompt])[0]
    mask = {"x": proposal.x, "y": proposal.y, "rle": encode_rle(proposal.mask)}
    _record(ask, proposal, mask, 1000 * (time.perf_counter() - started))
    return mask


def _record(ask: Ask, proposal: Proposal, mask: dict[str, Any], milliseconds: float) -> None:
    model = segmenter()
    models.Proposal.objects.create(
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


def prepare(file: str) -> None:
    """Make the picture's embedding ahead; a picture that cannot be read is no reason to stop."""
    try:
        embedding_of(file)
    except SegmenterError as error:
        logger.warning("No embedding for %s: %s", file, error)


def warm_up() -> None:
    """Load the model before anybody waits for it: the first import of torch alone takes seconds."""
    try:
        model = segmenter()
        model.decode(model.encode(np.zeros((32, 32, 3), np.uint8)), [Prompt((8, 8, 24, 24))])
    except SegmenterError as error:
        logger.error("The assist has no segmenter: %s", error)


def reply_to(ask: Ask) -> dict[str, Any]:
    """The channel message that answers `ask`, whatever happens: a mask, or a reason why there is none."""
    message = {"type": "assist.answer", "assignment": ask.assignment, "sequence": ask.sequence}
    try:
        with metrics.ANSWER_SECONDS.time():
            mask = answer(ask)
        metrics.ANSWERS.labels("mask").inc()
        return message | {"mask": mask}
    except SegmenterError as error:
        metrics.ANSWERS.labels("refused").inc()
        return message | {"reason": str(error)}
    except Exception:
        logger.exception("The assist could not answer.")
        metrics.ANSWERS.labels("failed").inc()
        return message | {"reason": "The assist failed on this picture."}
