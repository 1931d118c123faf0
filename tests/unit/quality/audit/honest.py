"""What attackers see on a site that leaks nothing, made at random, for tests to plant leaks in."""

import io
import uuid
from dataclasses import replace

import numpy as np
from PIL import Image
from scipy import ndimage

from quality.audit.leaks.evidence import AssistReply, Behaviour, Evidence, Reply, ScoredRound, Seen, Truth

SIZE = 40
LABELS = ("bud", "leaf")


def picture(rng, *, shade=0.0, noise=6.0, grain=0.0):
    """A soft texture under noise, as WebP bytes; `shade` is the source's, `grain` the noise's width (px)."""
    texture = ndimage.gaussian_filter(rng.standard_normal((SIZE, SIZE)), 4)
    grey = 128 + shade + 30 * texture / texture.std()
    speckle = ndimage.gaussian_filter(rng.standard_normal((SIZE, SIZE, 3)), (grain, grain, 0))
    pixels = grey[..., None] + noise * speckle / speckle.std()
    file = io.BytesIO()
    Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(file, "WEBP", quality=90)
    return file.getvalue()


def headers():
    return {"content-type": "application/json", "cache-control": "no-store", "vary": "Accept"}


def reply(rng, *, size=412, body=None):
    return Reply(200, headers(), size, float(rng.lognormal(-4, 0.3)), body)


def body_of(assignment, file, position):
    return {
        "assignment": {
            "id": assignment,
            "image": {"url": f"/pictures/{file}", "width": SIZE, "height": SIZE},
            "round": {"id": str(uuid.uuid4()), "position": position, "size": 10},
        },
        "prefetch": [],
    }


def site(*, tasks=640, share=0.5, sources=40, people=4, rounds=16, seed=0, drawn=True):
    """Evidence of `people` attackers who each meet `rounds` rounds of ten tasks; nothing depends on gold.

    `drawn`: with pictures, which take most of the time."""
    rng = np.random.default_rng(seed)
    files = [f"{rng.bytes(16).hex()}.webp" for _ in range(tasks)]
    of_source = rng.integers(sources, size=tasks)
    shades = rng.normal(0, 12, sources)
    gold = dict(zip([(file, None) for file in files], (rng.random(tasks) < share).tolist(), strict=True))
    pictures = {file: picture(rng, shade=shades[of_source[i]]) for i, file in enumerate(files) if drawn}
    seen, scored = [], []
    for person in range(people):
        order = rng.permutation(tasks)[: rounds * 10]
        for number, index in enumerate(order):
            seen.append(_deal(rng, person, number, files[index]))
        for start in range(0, len(order), 10):
            answers = [((files[i], None), "wrong") for i in order[start : start + 10]]
            changes = {"score": float(5 * rng.integers(20)), "points": float(5 * rng.integers(20))}
            scored.append(ScoredRound(person, float(start + person), answers, changes))
    source = {file: f"slide {of_source[i]}" for i, file in enumerate(files)}
    behaviour = [
        Behaviour(
            f"person {person}",
            (files[index], None),
            {"log seconds": float(rng.normal(1 + person / 10, 0.4)), "zooms": float(rng.poisson(1))},
            {"kind": "class", "label": str(rng.choice(LABELS))},
            (SIZE, SIZE),
        )
        for person in range(12)
        for index in rng.choice(tasks, min(60, tasks), replace=False)
    ]
    return Evidence("class", seen, scored, pictures, Truth(gold, source), behaviour, seed=seed)


def _deal(rng, person, number, file):
    assignment = str(uuid.UUID(bytes=rng.bytes(16), version=4))
    position = number % 10 + 1
    return Seen(
        person=person,
        number=number,
        at=float(number) * 3 + float(rng.random()),
        assignment=assignment,
        file=file,
        label=None,
        round=f"round {person} {number // 10}",
        position=position,
        strategy="wrong",
        waits=int(rng.random() < 0.05),
        replies={
            "next": reply(rng, body=body_of(assignment, file, position)),
            "picture": reply(rng, size=2000),
            "picture again": reply(rng, size=2000),
            "answer": reply(rng, size=90, body={"assignment": assignment, "round": "r" * 36}),
        },
        assist=tuple(AssistReply("mask", 300, float(rng.lognormal(-3, 0.3)), 500, 25, 25) for _ in range(2)),
        record={"answers.project": "cells", "answers.picture": file, "assignments.state": "answered"},
    )


def planted(evidence, change, *, rng=None):
    """The evidence with `change(deal, rng)` put upon every deal of a gold task."""
    rng = rng or np.random.default_rng(99)
    gold = evidence.truth.gold
    return replace(evidence, seen=[change(deal, rng) if gold[deal.task] else deal for deal in evidence.seen])


def with_reply(deal, name, **changes):
    return replace(deal, replies={**deal.replies, name: replace(deal.replies[name], **changes)})
