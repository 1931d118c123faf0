"""The assist's socket: boxes and points in, cropped masks out. The newest prompt of an assignment wins."""

import asyncio
import functools
import json
import time
import uuid
from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import parse_qs

from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.conf import settings
from django.http.cookie import parse_cookie

from inference.transport import access
from inference.transport.backends import Unavailable, backend
from inference.transport.messages import Ask, BadMessage, PromptMessage, ask_about, parse_prompt

ANSWER_SECONDS = 2.0  # without a sign of life; then the annotator is told to go on by hand
ELSEWHERE = 0.7  # of them; then another engine is asked, if there is one
LONGEST_SECONDS = 60.0  # however lively
MAX_SOCKETS = 6  # of one person at one process
HELLO_SECONDS = 10.0
RATE, BURST = 20.0, 40.0  # messages a second: a dragged box sends many
MAX_REFUSED = 200
MAX_CHARACTERS = 8192
MAX_SLOTS = 16
UNKNOWN_PERSON, TOO_MANY = 4401, 4429

_sockets: Counter[uuid.UUID] = Counter()
NO_WORKER = "The assist does not answer; draw by hand or try again."
NOT_YOURS = "This task is not open in your hands, or its project offers no assist."


@dataclass
class Slot:
    """What this connection waits for on one assignment: at most one prompt asked, at most one kept to ask next.

    Once the engine said that it will take longer (`queued`), a newer prompt is asked at once: there it takes the
    older one's place. `where` the prompt went, until another engine was asked as well.
    """

    newest: int = -1
    asked: int | None = None
    ask: Ask | None = None
    where: str | None = None
    asked_at: float = 0.0
    queued: bool = False
    next: PromptMessage | None = None
    timer: asyncio.TimerHandle | None = None


class AssistConsumer(AsyncJsonWebsocketConsumer):
    """One connection of one volunteer (browser session, `?token=`, or a first message "hello")."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """However it ends, also by a reply to a page that has just gone, the person has a connection less."""
        self.user: uuid.UUID | None = None
        self.slots: dict[uuid.UUID, Slot] = {}
        self.credit, self.credited_at, self.refused = BURST, time.monotonic(), 0
        self.hello_timer: asyncio.TimerHandle | None = None
        self.closed = False
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._leave()

    async def connect(self) -> None:
        await self.accept()
        headers = dict(self.scope["headers"])
        cookie = parse_cookie(headers.get(b"cookie", b"").decode("latin-1")).get(settings.SESSION_COOKIE_NAME)
        token = parse_qs(self.scope["query_string"].decode("latin-1")).get("token", [""])[0]
        if token:
            await self._take_token(token)
        elif cookie and (user := await access.async_user_of_session(cookie)):
            await self._admit(user)
        if self.user is None and not token:
            loop = asyncio.get_running_loop()
            self.hello_timer = loop.call_later(HELLO_SECONDS, self._spawn, self._give_up_on_hello)
        backend().warm_up()

    def _leave(self) -> None:
        for timer in [self.hello_timer, *(slot.timer for slot in self.slots.values())]:
            if timer:
                timer.cancel()
        self.slots.clear()
        if self.user is not None:
            _sockets[self.user] -= 1
            if not _sockets[self.user]:
                del _sockets[self.user]

    async def close(self, code: Any = None, reason: str | None = None) -> None:
        if not self.closed:
            self.closed = True
            await super().close(code, reason)

    async def send_json(self, content: Any, close: bool = False) -> None:
        """Nothing, once the connection is closed from here: messages and answers may still come in."""
        if not self.closed:
            await super().send_json(content, close)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None, **kwargs: Any) -> None:
        if not self._within_rate():
            self.refused += 1
            if self.refused > MAX_REFUSED:
                await self.close(TOO_MANY)
            else:
                await self._error("Too many messages at once; wait a moment.")
            return
        try:
            content = json.loads(text_data) if text_data and len(text_data) <= MAX_CHARACTERS else None
        except (ValueError, RecursionError):
            content = None
        if not isinstance(content, dict):
            await self._error(f"A message must be a JSON object of at most {MAX_CHARACTERS} characters.")
            return
        await self.receive_json(content)

    async def receive_json(self, content: dict[str, Any], **kwargs: Any) -> None:
        kind = content.get("type")
        if kind == "hello":
            await self._take_token(str(content.get("token", "")), greet=True)
        elif kind != "prompt":
            await self._error(f'A message\'s type must be "hello" or "prompt"; it is {str(kind)[:40]!r}.')
        elif self.user is None:
            await self._error('Say who you are first: {"type": "hello", "token": ...}.', content)
        else:
            await self._take_prompt(content)

    async def _take_token(self, token: str, *, greet: bool = False) -> None:
        user = await access.async_user_of_token(token)
        if user is None:
            await self._error("This token is not known.")
            await self.close(UNKNOWN_PERSON)
            return
        if not await self._admit(user):
            return
        if self.hello_timer:
            self.hello_timer.cancel()
        if greet:
            await self.send_json({"type": "ready"})

    async def _admit(self, user: uuid.UUID) -> bool:
        """This connection is `user`'s; False, and closed, if they have too many already."""
        if self.user is None:
            if _sockets[user] >= MAX_SOCKETS:
                await self._error("Too many connections of one person; close another page first.")
                await self.close(TOO_MANY)
                return False
            _sockets[user] += 1
        self.user = self.user or user
        return True

    async def _give_up_on_hello(self) -> None:
        if self.user is None:
            await self.close(UNKNOWN_PERSON)

    async def _take_prompt(self, content: dict[str, Any]) -> None:
        try:
            prompt = parse_prompt(content)
        except BadMessage as error:
            await self._error(str(error), content)
            return
        slot = self._slot(prompt.assignment)
        if prompt.sequence <= slot.newest:
            return  # overtaken on the way
        slot.newest = prompt.sequence
        if slot.asked is None or slot.queued:
            self._settle(slot)
            await self._ask(slot, prompt)
        else:
            slot.next = prompt

    def _slot(self, assignment: uuid.UUID) -> Slot:
        if assignment not in self.slots and len(self.slots) >= MAX_SLOTS:
            oldest = self.slots.pop(next(iter(self.slots)))
            if oldest.timer:
                oldest.timer.cancel()
        return self.slots.setdefault(assignment, Slot())

    async def _ask(self, slot: Slot, prompt: PromptMessage) -> None:
        """Check that the assignment is theirs (one query), then hand the prompt to the engine."""
        assert self.user is not None
        head = {"assignment": str(prompt.assignment), "sequence": prompt.sequence}
        picture = await access.async_picture_in_hand(self.user, prompt.assignment)
        if picture is None:
            await self._error(NOT_YOURS, head)
            return
        try:
            ask = ask_about(prompt, **asdict(picture), person=self.user.hex)
        except BadMessage as error:
            await self._error(str(error), head)
            return
        slot.asked, slot.asked_at, slot.ask, slot.where = prompt.sequence, time.monotonic(), ask, None
        self._wait(slot)
        slot.where = await self._hand_over(ask)

    async def _hand_over(self, ask: Ask, *, avoid: str | None = None) -> str | None:
        """Where the prompt went, or None: the annotator is told why."""
        try:
            return await backend().ask(ask, channel=self.channel_name, seconds=ANSWER_SECONDS, avoid=avoid)
        except Unavailable as error:
            await self._give_up(ask, str(error))
            return None

    def _wait(self, slot: Slot) -> None:
        """(Again) so long for a sign of life of what is asked now; in time another engine is asked, once."""
        if slot.timer:
            slot.timer.cancel()
        work = functools.partial(self._ask_elsewhere, slot, slot.ask)
        slot.timer = asyncio.get_running_loop().call_later(ELSEWHERE * ANSWER_SECONDS, self._spawn, work)

    async def _ask_elsewhere(self, slot: Slot, ask: Ask | None) -> None:
        if ask is None or slot.ask is not ask:
            return
        work = functools.partial(self._give_up, ask, NO_WORKER)
        slot.timer = asyncio.get_running_loop().call_later((1 - ELSEWHERE) * ANSWER_SECONDS, self._spawn, work)
        if slot.where is not None:
            where, slot.where = slot.where, None
            await self._hand_over(ask, avoid=where)

    async def assist_waiting(self, event: dict[str, Any]) -> None:
        """The engine is alive but busy: pass on the place in the queue, and wait longer."""
        assignment = uuid.UUID(event["assignment"])
        slot = self.slots.get(assignment)
        if slot is None or slot.asked != event["sequence"] or time.monotonic() - slot.asked_at > LONGEST_SECONDS:
            return
        if slot.next is not None:
            following = self._settle(slot)
            assert following is not None
            await self._ask(slot, following)
            return
        slot.queued = True
        self._wait(slot)
        # `prompt`, not `sequence`: a page that knows nothing of waiting must not take this for an answer.
        place = {"prompt": event["sequence"], "position": event["position"], "seconds": event["seconds"]}
        await self.send_json({"type": "waiting", "assignment": event["assignment"], **place})

    async def assist_answer(self, event: dict[str, Any]) -> None:
        """The engine's answer, from whichever process."""
        slot = self.slots.get(uuid.UUID(event["assignment"]))
        if slot is None or slot.asked != event["sequence"]:
            return  # too late, or overtaken
        following = self._settle(slot)
        head = {"assignment": event["assignment"], "sequence": event["sequence"]}
        if following is not None:
            await self._ask(slot, following)
        elif "mask" in event:
            await self.send_json({"type": "mask", **head, "mask": event["mask"]})
        else:
            await self._unavailable(head, event["reason"])

    async def _give_up(self, ask: Ask, reason: str) -> None:
        """No answer will come. Nothing is said if one came after all, a newer prompt is out, or it was said before."""
        slot = self.slots.get(uuid.UUID(ask.assignment))
        if slot is not None and slot.ask is ask:
            following = self._settle(slot)
            newest = following.sequence if following else ask.sequence
            await self._unavailable({"assignment": ask.assignment, "sequence": newest}, reason)

    def _settle(self, slot: Slot) -> PromptMessage | None:
        """Nothing is asked any more; returns the prompt that was kept to ask next."""
        if slot.timer:
            slot.timer.cancel()
        following, slot.asked, slot.ask, slot.next, slot.timer, slot.queued = slot.next, None, None, None, None, False
        return following

    def _within_rate(self) -> bool:
        now = time.monotonic()
        self.credit = min(BURST, self.credit + RATE * (now - self.credited_at))
        self.credited_at = now
        if self.credit < 1:
            return False
        self.credit -= 1
        return True

    def _spawn(self, work: Any) -> None:
        self._task = asyncio.ensure_future(work())  # kept, so that it is not collected half way

    async def _error(self, message: str, about: dict[str, Any] | None = None) -> None:
        head = {key: value for key, value in (about or {}).items() if key in ("assignment", "sequence")}
        await self.send_json({"type": "error", **head, "message": message})

    async def _unavailable(self, head: dict[str, Any], reason: str) -> None:
        await self.send_json({"type": "unavailable", **head, "reason": reason})
