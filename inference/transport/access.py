"""Who is asking, and about which picture: the assist's two looks into the database.

Both run behind the volunteer tier's allow-list (I1) like any page of theirs, whichever process serves the socket.
"""

import hashlib
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import SimpleNamespace

from channels.db import database_sync_to_async
from django.conf import settings
from django.contrib.auth import get_user
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.module_loading import import_string

from webapp.accounts.models import PlayToken
from webapp.accounts.sessions import PlaySessionStore
from webapp.projects.models import Project
from webapp.tasks.models import Assignment

State = Assignment.State


@dataclass(frozen=True)
class Picture:
    """The served picture of an assignment: its name in the picture store, its size in pixels, whose project it is."""

    file: str
    width: int
    height: int
    project: str


def _guard() -> AbstractContextManager[None]:
    """The allow-list on this thread's connection; a setting names it, since it belongs to a higher room."""
    blind: Callable[[BaseDatabaseWrapper], AbstractContextManager[None]] = import_string(settings.GOLDVEIN_BLIND)
    return blind(connection)


def user_of_session(session_key: str) -> uuid.UUID | None:
    """The volunteer whose browser session this is; None when it is over or was never one."""
    with _guard():
        # Django's own check (backend, password hash) wants no more of a request than its session.
        user = get_user(SimpleNamespace(session=PlaySessionStore(session_key)))  # type: ignore[arg-type]
        return user.pk if user.is_authenticated and user.is_active else None


def user_of_token(token: str) -> uuid.UUID | None:
    """The volunteer whose API token this is."""
    digest = hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()
    with _guard():
        found = PlayToken.objects.filter(digest=digest, user__is_active=True).values_list("user_id", flat=True).first()
    return found


def picture_in_hand(user: uuid.UUID, assignment: uuid.UUID) -> Picture | None:
    """The picture of an assignment that `user` has claimed and not yet answered, where the project offers the assist
    and this question is not among those asked without it.

    A lease that ran out makes no difference: the late answer will be kept, so its help is given.
    """
    with _guard():
        row = (
            Assignment.objects.filter(
                id=assignment,
                annotator_id=user,
                annotator__is_active=True,
                claimed_at__isnull=False,
                unaided=False,
                state__in=[State.CLAIMED, State.EXPIRED],
                task__project__kind=Project.Kind.MASK,
                task__project__assist=True,
            )
            .values_list("task__image__file", "task__image__width", "task__image__height", "task__project_id")
            .first()
        )
    return Picture(*row[:3], str(row[3])) if row else None


async_user_of_session = database_sync_to_async(user_of_session)
async_user_of_token = database_sync_to_async(user_of_token)
async_picture_in_hand = database_sync_to_async(picture_in_hand)
