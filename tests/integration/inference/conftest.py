"""A mask project with one picture, and two people who play it."""

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pytest
from asgiref.sync import SyncToAsync
from asgiref.testing import ApplicationCommunicator
from channels.routing import URLRouter
from django.db import connections
from django.utils import timezone
from PIL import Image as Pillow

from inference.transport import worker
from inference.transport.routing import websocket_urlpatterns
from webapp.accounts.models import User
from webapp.images.models import Image
from webapp.images.store import picture_path
from webapp.projects.models import Label, Project
from webapp.tasks.models import Assignment, Hand, Task

WIDTH, HEIGHT = 96, 80
DISC = (48.0, 40.0, 20.0)  # centre x, y and radius of the bright disc on every test picture


@dataclass
class Table:
    """The cast: `ada` holds a claimed and a dealt assignment, `bob` has one of his own."""

    project: Project
    hand: Hand
    ada: User
    bob: User
    claimed: Assignment
    dealt: Assignment
    of_bob: Assignment


def disc_truth() -> np.ndarray:
    """bool[HEIGHT, WIDTH]: the disc on the test pictures."""
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    return (columns + 0.5 - DISC[0]) ** 2 + (rows + 0.5 - DISC[1]) ** 2 <= DISC[2] ** 2


def make_picture(settings, project) -> Image:
    name = f"{uuid.uuid4().hex}.png"
    path = picture_path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(0).normal(0, 6, (HEIGHT, WIDTH))
    grey = np.clip(np.where(disc_truth(), 190, 70) + noise, 0, 255).astype(np.uint8)
    Pillow.fromarray(grey).save(path)
    return Image.objects.create(project=project, file=name, width=WIDTH, height=HEIGHT)


def assign(settings, hand, label, place, state=Assignment.State.DEALT) -> Assignment:
    task = Task.objects.create(project=hand.project, image=make_picture(settings, hand.project), label=label)
    now = timezone.now()
    claimed = state != Assignment.State.DEALT
    return Assignment.objects.create(
        hand=hand,
        task=task,
        annotator=hand.annotator,
        place=place,
        state=state,
        held_until=now + timedelta(minutes=15),
        claimed_at=now if claimed else None,
    )


@pytest.fixture
def table(transactional_db, settings) -> Iterator[Table]:
    settings.SEGMENTER = "demo"
    settings.CHANNEL_LAYERS = dict(settings.CHANNEL_LAYERS)  # makes a new layer, which hears nothing of earlier tests
    worker.warm_up()  # the first import of torch may take longer than a prompt waits
    project = Project.objects.create(
        slug="liver", title="Liver", kind=Project.Kind.MASK, state=Project.State.OPEN, prompt="Where is the liver?"
    )
    label = Label.objects.create(project=project, key="liver", name="Liver")
    ada, bob = (User.objects.create(pseudonym=name) for name in ("calm-otter", "keen-heron"))
    hands = [Hand.objects.create(project=project, annotator=user, asked_at=timezone.now()) for user in (ada, bob)]
    yield Table(
        project=project,
        hand=hands[0],
        ada=ada,
        bob=bob,
        claimed=assign(settings, hands[0], label, 0, Assignment.State.CLAIMED),
        dealt=assign(settings, hands[0], label, 1),
        of_bob=assign(settings, hands[1], label, 0, Assignment.State.CLAIMED),
    )
    # The socket's queries ran in asgiref's own thread; a connection left there would keep PostgreSQL's test database.
    SyncToAsync.single_thread_executor.submit(connections.close_all).result(timeout=5)


class Socket(ApplicationCommunicator):
    """A client of the socket (channels.testing has one too, but only beside another server's package)."""

    def __init__(self, path: str, headers: list[tuple[bytes, bytes]]) -> None:
        path, _, query = path.partition("?")
        scope = {"type": "websocket", "path": path, "query_string": query.encode(), "headers": headers}
        super().__init__(URLRouter(websocket_urlpatterns), scope)

    async def connect(self) -> None:
        await self.send_input({"type": "websocket.connect"})
        assert (await self.receive_output(timeout=5))["type"] == "websocket.accept"

    async def send(self, content: object) -> None:
        await self.send_text(json.dumps(content))

    async def send_text(self, text: str) -> None:
        await self.send_input({"type": "websocket.receive", "text": text})

    async def receive(self, timeout: float = 20) -> dict:
        message = await self.receive_output(timeout)
        assert message["type"] == "websocket.send", message
        return json.loads(message["text"])

    async def close(self) -> None:
        await self.send_input({"type": "websocket.disconnect", "code": 1000})
        await self.wait(timeout=5)
