"""A real gpu worker (broker, engine thread, model, channel layer) without a database: proposals go unrecorded.

While a file `hold` lies in its home it stops in the middle of a batch and writes `holding` beside it. Its segmenter may
be `tiny`, a SAM of random weights whose every encoding takes .3 seconds, or as long as `hold-encode` lies there, and
writes its process into `encodes`.
"""

import os
import time
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webapp.config.settings")

import django

django.setup()

from inference.engine import precision  # noqa: E402
from inference.engine.registry import SEGMENTERS, Entry  # noqa: E402
from inference.engine.sam import SamSegmenter  # noqa: E402
from inference.transport import worker  # noqa: E402
from quality.domain.masks import encode  # noqa: E402
from tests.unit.inference.tiny import tiny_sam  # noqa: E402
from webapp.config.workers import celery_worker  # noqa: E402

home = Path(os.environ["GOLDVEIN_HOME"])
inner = worker.replies_to


def replies_to(asks):
    while (home / "hold").exists():
        (home / "holding").touch()
        time.sleep(0.05)
    return inner(asks)


class Tiny(SamSegmenter):
    def encode(self, image):
        if image.shape[0] != precision.SIDE:  # not the picture to warm up with
            with (home / "encodes").open("a") as log:
                log.write(f"{os.getpid()}\n")
            time.sleep(0.3)
            while (home / "hold-encode").exists():
                time.sleep(0.02)
        return super().encode(image)


def tiny(name, checkpoint):
    return Tiny(tiny_sam(), name, "random")


SEGMENTERS["tiny"] = Entry(f"{__name__}:tiny", needs_checkpoint=False, encodes=True)
worker.replies_to = replies_to
worker._record = lambda asks, proposals, milliseconds: [{"x": p.x, "y": p.y, "rle": encode(p.mask)} for p in proposals]

if __name__ == "__main__":
    (home / "started").touch()
    celery_worker("gpu", pool="solo", concurrency=1).start()
