"""`ws/assist/` as a page or a client meets it, engine and database included."""

import asyncio
import hashlib
import secrets
import threading
import uuid
from functools import partial

import kombu
import pytest
from asgiref.sync import sync_to_async
from channels.layers import ChannelLayerManager

from inference.transport import backends, consumers, tasks, worker
from inference.transport.engine import engine
from inference.transport.models import Proposal
from quality.domain.masks import decode
from tests.integration.inference.conftest import DISC, HEIGHT, WIDTH, Socket, disc_truth
from webapp.accounts.models import PlayToken
from webapp.accounts.sessions import PlaySessionStore
from webapp.tasks.models import Assignment

BOX = [26, 19, 70, 61]


@pytest.fixture
def open_socket(settings, table, monkeypatch):
    """`await open_socket(user)` -> a connected socket, with an engine that is given time on a busy machine."""
    settings.ROLE = "all"
    monkeypatch.setattr(consumers, "ANSWER_SECONDS", 20)

    async def connect(user=None, *, headers=(), path="/ws/assist/"):
        if user is not None:
            path += f"?token={await new_token(user)}"
        socket = Socket(path, list(headers))
        await socket.connect()
        return socket

    return connect


async def new_token(user) -> str:
    token = secrets.token_hex(16)
    await PlayToken.objects.acreate(digest=hashlib.sha256(token.encode()).hexdigest(), user=user)
    return token


def prompt(assignment, sequence=1, **changes):
    return {
        "type": "prompt",
        "assignment": str(assignment.id),
        "sequence": sequence,
        "box": BOX,
        "points": [],
    } | changes


async def test_a_box_becomes_a_mask_and_a_record(open_socket, table):
    socket = await open_socket(table.ada)
    await socket.send(prompt(table.claimed, 7))
    reply = await socket.receive()
    mask = reply.pop("mask")
    assert reply == {"type": "mask", "assignment": str(table.claimed.id), "sequence": 7}
    assert set(mask) == {"x", "y", "rle"}  # no score leaves the server
    cropped = decode(mask["rle"])
    assert mask["x"] + cropped.shape[1] <= WIDTH
    assert mask["y"] + cropped.shape[0] <= HEIGHT
    truth = disc_truth()[mask["y"] : mask["y"] + cropped.shape[0], mask["x"] : mask["x"] + cropped.shape[1]]
    assert 2 * (cropped & truth).sum() / (cropped.sum() + disc_truth().sum()) > 0.9
    kept = await Proposal.objects.aget()
    assert (kept.assignment_id, kept.sequence, kept.model) == (table.claimed.id, 7, "demo")
    assert kept.prompt == {"box": BOX, "points": []}
    assert kept.rle == mask
    assert 0 < kept.score <= 1
    assert len(kept.model_version) == 12
    await socket.close()


async def test_points_travel_with_the_box(open_socket, table):
    socket = await open_socket(table.ada)
    await socket.send(prompt(table.claimed, points=[[DISC[0], DISC[1], 1], [3, 3, 0]]))
    assert (await socket.receive())["type"] == "mask"
    assert (await Proposal.objects.aget()).prompt["points"] == [[48.0, 40.0, 1], [3.0, 3.0, 0]]
    await socket.close()


@pytest.mark.parametrize("whose", ["of_bob", "dealt"])
async def test_i7_only_ones_own_claimed_assignment_is_answered(open_socket, table, whose):
    socket = await open_socket(table.ada)
    await socket.send(prompt(getattr(table, whose)))
    reply = await socket.receive(timeout=5)
    assert reply["type"] == "error"
    assert reply["message"] == consumers.NOT_YOURS
    assert not await Proposal.objects.aexists()
    await socket.close()


async def test_an_answered_assignment_is_closed_to_the_assist(open_socket, table):
    await Assignment.objects.filter(id=table.claimed.id).aupdate(state=Assignment.State.ANSWERED)
    socket = await open_socket(table.ada)
    await socket.send(prompt(table.claimed))
    assert (await socket.receive(timeout=5))["message"] == consumers.NOT_YOURS
    await socket.close()


async def test_a_lease_that_ran_out_still_gets_help(open_socket, table):
    await Assignment.objects.filter(id=table.claimed.id).aupdate(state=Assignment.State.EXPIRED)
    socket = await open_socket(table.ada)
    await socket.send(prompt(table.claimed))
    assert (await socket.receive())["type"] == "mask"
    await socket.close()


async def test_a_project_without_assist_offers_none(open_socket, table):
    table.project.assist = False
    await table.project.asave()
    socket = await open_socket(table.ada)
    await socket.send(prompt(table.claimed))
    assert (await socket.receive(timeout=5))["message"] == consumers.NOT_YOURS
    await socket.close()


async def test_hello_with_a_token(open_socket, table):
    socket = await open_socket()
    await socket.send(prompt(table.claimed))
    assert "hello" in (await socket.receive(timeout=5))["message"]
    await socket.send({"type": "hello", "token": await new_token(table.ada)})
    assert await socket.receive(timeout=5) == {"type": "ready"}
    await socket.send(prompt(table.claimed))
    assert (await socket.receive())["type"] == "mask"
    await socket.close()


async def test_an_unknown_token_is_told_and_closed(open_socket, table):
    socket = await open_socket(path="/ws/assist/?token=nobody")
    assert await socket.receive(timeout=5) == {"type": "error", "message": "This token is not known."}
    assert await socket.receive_output(timeout=5) == {"type": "websocket.close", "code": 4401}
    await socket.close()


async def test_whoever_listens_can_be_stopped_at_any_moment(settings):
    """A layer that loses a cancellation (Redis' client may, given a time limit) keeps a closed socket for ever."""

    async def is_let_go(after: float) -> bool:
        layer = ChannelLayerManager().make_backend("default")  # of its own: it has yet to connect
        listening = asyncio.ensure_future(layer.receive(await layer.new_channel()))
        await asyncio.sleep(after)
        listening.cancel()
        done, _ = await asyncio.wait([listening], timeout=5)
        return bool(done)

    for _ in range(10):
        assert all(await asyncio.gather(*(is_let_go(moment / 1000) for moment in range(20))))


async def test_a_quiet_socket_outlives_the_layer_s_wait_for_a_message():
    """The layer asks Redis to wait five seconds; a client that gives up as early would break every quiet socket."""
    layer = ChannelLayerManager().make_backend("default")
    name = await layer.new_channel()
    listening = asyncio.ensure_future(layer.receive(name))
    await asyncio.sleep(6)
    await layer.send(name, {"type": "late"})
    assert await asyncio.wait_for(listening, timeout=5) == {"type": "late"}


async def test_a_browser_session(open_socket, table):
    def log_in():
        session = PlaySessionStore()
        session["_auth_user_id"] = str(table.ada.id)
        session["_auth_user_backend"] = "allauth.account.auth_backends.AuthenticationBackend"
        session["_auth_user_hash"] = table.ada.get_session_auth_hash()
        session.create()
        return session.session_key

    cookie = f"goldvein_session={await sync_to_async(log_in)()}".encode()
    socket = await open_socket(headers=[(b"cookie", cookie)])
    await socket.send(prompt(table.claimed))
    assert (await socket.receive())["type"] == "mask"
    await socket.close()


@pytest.mark.parametrize(
    "changes, sentence",
    [
        ({"assignment": "7"}, "A prompt needs the assignment's id."),
        ({"sequence": -1}, "A prompt needs a sequence, a whole number from 0 upwards."),
        ({"sequence": True}, "A prompt needs a sequence, a whole number from 0 upwards."),
        ({"box": [1, 2, 3]}, "A box [x1, y1, x2, y2] must be 4 finite numbers; it is [1, 2, 3]."),
        ({"box": [1, 2, float("nan"), 4]}, "A box [x1, y1, x2, y2] must be 4 finite numbers; it is [1, 2, nan, 4]."),
        ({"box": [10**400, 2, 3, 4]}, f"A box [x1, y1, x2, y2] must be 4 finite numbers; it is [1{'0' * 78}."),
        ({"box": None}, "A prompt needs a box or at least one point inside the object."),
        ({"box": [200, 0, 300, 50]}, "The box must cover at least one pixel of the picture (96 x 80)."),
        ({"points": [[500, 4, 1]]}, "The point (500, 4) lies outside the picture (96 x 80)."),
        ({"points": [[5, 4, 2]]}, "The third number of a point must be 1 (inside the object) or 0 (outside)."),
        ({"points": [[1, 1, 1]] * 33}, "Points must be a list of at most 32."),
        ({"type": "mask"}, 'A message\'s type must be "hello" or "prompt"; it is \'mask\'.'),
    ],
)
async def test_bad_input_gets_one_sentence(open_socket, table, changes, sentence):
    socket = await open_socket(table.ada)
    await socket.send(prompt(table.claimed) | changes)
    reply = await socket.receive(timeout=5)
    assert (reply["type"], reply["message"]) == ("error", sentence)
    await socket.close()


@pytest.mark.parametrize(
    "text", ["", "[]", "{", "[" * 5000, '{"sequence": ' + "9" * 5000 + "}", '{"type": "' + "x" * 9000 + '"}']
)
async def test_what_is_no_message_gets_one_sentence(open_socket, table, text):
    socket = await open_socket(table.ada)
    await socket.send_text(text)
    reply = await socket.receive(timeout=5)
    assert reply["message"] == "A message must be a JSON object of at most 8192 characters."
    await socket.close()


async def test_a_flood_is_refused(open_socket, table, monkeypatch):
    monkeypatch.setattr(consumers, "RATE", 0.0)
    monkeypatch.setattr(consumers, "BURST", 3.0)
    monkeypatch.setattr(consumers, "MAX_REFUSED", 1)
    socket = await open_socket(table.ada)
    for _ in range(5):
        await socket.send_text("{}")
    messages = [(await socket.receive(timeout=5))["message"] for _ in range(4)]
    assert messages[3] == "Too many messages at once; wait a moment."
    assert await socket.receive_output(timeout=5) == {"type": "websocket.close", "code": 4429}
    await socket.send_text("{}")  # sent before the page heard of it
    assert await socket.receive_nothing()
    await socket.close()


async def test_a_page_that_goes_before_its_reply_leaves_no_connection_behind(table):
    came: asyncio.Queue[dict] = asyncio.Queue()
    for message in ({"type": "websocket.connect"}, {"type": "websocket.receive", "text": "{}"}):
        came.put_nowait(message)

    async def send(message):
        if message["type"] == "websocket.send":
            raise OSError("The page has gone.")

    query = f"token={await new_token(table.ada)}".encode()
    scope = {"type": "websocket", "path": "/ws/assist/", "query_string": query, "headers": []}
    with pytest.raises(OSError, match="gone"):
        await consumers.AssistConsumer.as_asgi()(scope, came.get, send)
    assert table.ada.pk not in consumers._sockets


class HeldEngine:
    """A gate before the real engine thread: nothing is answered until it opens."""

    def __init__(self):
        self.gate = asyncio.Event()
        self.asked = []
        self.inner = backends.EmbeddedBackend(engine())

    def warm_up(self):
        pass

    async def ask(self, ask, *, channel, seconds, avoid=None):
        if avoid is not None:
            return avoid
        self.asked.append(ask.sequence)
        self.waiting = asyncio.ensure_future(self.later(ask, channel, seconds))
        return "here"

    async def later(self, ask, channel, seconds):
        await self.gate.wait()
        await self.inner.ask(ask, channel=channel, seconds=30)


async def test_the_newest_prompt_wins_and_older_ones_are_dropped(open_socket, table, monkeypatch):
    engine = HeldEngine()
    monkeypatch.setattr(consumers, "backend", lambda: engine)
    monkeypatch.setattr(consumers, "ANSWER_SECONDS", 30)
    socket = await open_socket(table.ada)
    for sequence in (1, 2, 3, 4, 2):
        await socket.send(prompt(table.claimed, sequence, box=[26, 19, 60 + sequence, 61]))
    while engine.asked != [1]:
        await asyncio.sleep(0.01)
    await socket.receive_nothing(timeout=0.2)
    engine.gate.set()
    reply = await socket.receive()
    assert (reply["type"], reply["sequence"]) == ("mask", 4)
    assert engine.asked == [1, 4]
    assert await socket.receive_nothing(timeout=0.2)
    await socket.close()


async def test_an_engine_that_does_not_answer_is_said_clearly(open_socket, table, monkeypatch):
    engine = HeldEngine()
    monkeypatch.setattr(consumers, "backend", lambda: engine)
    monkeypatch.setattr(consumers, "ANSWER_SECONDS", 0.2)
    socket = await open_socket(table.ada)
    await socket.send(prompt(table.claimed, 1))
    await socket.send(prompt(table.claimed, 2))
    reply = await socket.receive(timeout=5)
    assert reply == {
        "type": "unavailable",
        "assignment": str(table.claimed.id),
        "sequence": 2,
        "reason": consumers.NO_WORKER,
    }
    # Its answer, when it comes after all, must not overwrite what was drawn by hand meanwhile.
    engine.gate.set()
    assert await socket.receive_nothing(timeout=1)
    await socket.close()


@pytest.fixture
def gpu_queue(monkeypatch):
    """The broker's queue of prompts, under a name that no worker and no other test listens to."""
    queue = kombu.Queue(uuid.uuid4().hex)
    monkeypatch.setattr(tasks.answer_prompt, "apply_async", partial(tasks.answer_prompt.apply_async, queue=queue))
    with tasks.answer_prompt.app.connection_for_write() as connection:
        bound = queue(connection.default_channel)
        bound.declare()
        yield bound
        bound.delete()


async def test_a_web_process_without_a_worker_says_so(open_socket, table, settings, monkeypatch, gpu_queue):
    """Role play and nobody at the broker's other end: the prompt is published and times out."""
    settings.ROLE = "play"
    monkeypatch.setattr(consumers, "ANSWER_SECONDS", 1.0)
    socket = await open_socket(table.ada)
    await socket.send(prompt(table.claimed, 1))
    reply = await socket.receive(timeout=10)
    assert (reply["type"], reply["reason"]) == ("unavailable", consumers.NO_WORKER)
    (ask, _channel), *_ = gpu_queue.get(no_ack=True).payload
    assert (ask["assignment"], ask["sequence"]) == (str(table.claimed.id), 1)
    await socket.close()


async def test_a_picture_that_cannot_be_read_is_said_clearly(open_socket, table, settings):
    for path in settings.PICTURES.glob("*/*"):
        path.unlink()
    socket = await open_socket(table.ada)
    await socket.send(prompt(table.claimed, 1))
    reply = await socket.receive()
    assert (reply["type"], reply["reason"]) == ("unavailable", "The picture could not be read.")
    await socket.close()


async def test_a_person_has_only_so_many_connections(open_socket, table, monkeypatch):
    monkeypatch.setattr(consumers, "MAX_SOCKETS", 1)
    first = await open_socket(table.ada)
    second = await open_socket(table.ada)
    assert "Too many connections" in (await second.receive(timeout=5))["message"]
    assert await second.receive_output(timeout=5) == {"type": "websocket.close", "code": 4429}
    await first.close()
    third = await open_socket(table.ada)
    await third.send(prompt(table.claimed))
    assert (await third.receive())["type"] == "mask"
    await third.close()


async def test_a_busy_engine_says_where_one_stands_and_answers_in_the_end(open_socket, table, monkeypatch):
    """Longer than the two seconds after which a silent engine counts as gone."""
    monkeypatch.setattr(consumers, "ANSWER_SECONDS", 1.5)
    release, inner = threading.Event(), worker.replies_to
    monkeypatch.setattr(worker, "replies_to", lambda asks: (release.wait(30), inner(asks))[1])
    socket = await open_socket(table.ada)
    await socket.send(prompt(table.claimed, 4))
    news = [await socket.receive(timeout=10) for _ in range(2)]
    for told in news:
        assert (told["type"], told["prompt"], told["position"]) == ("waiting", 4, 0)
        assert told["seconds"] > 0
        assert "sequence" not in told
    release.set()
    while (reply := await socket.receive(timeout=20))["type"] == "waiting":
        pass
    assert (reply["type"], reply["sequence"]) == ("mask", 4)
    await socket.close()
