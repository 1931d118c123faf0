"""Volunteers that play through the services, for tests: deal, claim, answer, grade."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db import connection
from django.utils import timezone
from psycopg import sql

from quality.store import dealing, grading
from webapp.accounts.models import User
from webapp.annotations.models import Annotation
from webapp.annotations.services import submit
from webapp.config.blind.postgres import create_statements, grant_statements
from webapp.config.blind.sqlite import blind
from webapp.projects.models import Project
from webapp.tasks import leases
from webapp.tasks.services import Behind, Claim, Nothing, claim_next

Answerer = Callable[[Claim], dict[str, Any]]


def play_role() -> str:
    """The name of the restricted role under PostgreSQL, one a test database."""
    return f"play_of_{connection.settings_dict['NAME']}"


def make_play_role() -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for statement in [*create_statements(play_role(), None), *grant_statements(play_role())]:
                cursor.execute(statement)


def drop_play_role() -> None:
    if connection.vendor == "postgresql":
        role = sql.Identifier(play_role())
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL("DROP OWNED BY {}").format(role))
            cursor.execute(sql.SQL("DROP ROLE {}").format(role))


@contextmanager
def play_tier() -> Iterator[None]:
    """What runs inside may touch the volunteer tier's columns and nothing else (I1); see `make_play_role`."""
    if connection.vendor != "postgresql":
        with blind(connection):
            yield
        return
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(play_role())))
    yield
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")


def always(label: str) -> Answerer:
    return lambda claim: {"kind": "class", "label": label}


_rng = np.random.default_rng(2026)  # one for all: dealing the same draws again and again would be no chance at all


def tick(now: datetime | None = None) -> None:
    """One turn of the worker's clock: leases, dealing, grading."""
    now = now or timezone.now()
    leases.tick(now)
    dealing.tick(now, rng=_rng)
    grading.tick(now)


def claim(by: User, project: Project) -> Claim | Nothing:
    """The next question; the dealer is asked to serve where it is behind."""
    for _ in range(5):
        with play_tier():
            got = claim_next(by=by, project=project)
        if not isinstance(got, Behind):
            return got
        tick()
    raise AssertionError("The dealer never served this person.")


def play(by: User, project: Project, answer: Answerer, *, answers: int = 10) -> list[Annotation]:
    """Answer up to `answers` questions; fewer where nothing is left."""
    given = []
    for _ in range(answers):
        got = claim(by, project)
        if isinstance(got, Nothing):
            break
        with play_tier():
            given.append(submit(by=by, assignment_id=got.assignment_id, answer=answer(got), client_ms=1500)[0])
    return given


def later(**by: float) -> datetime:
    return timezone.now() + timedelta(**by)
