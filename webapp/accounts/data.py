"""My data: everything stored about a person that the volunteer tier may read, for the person alone (I7).

Nothing in here tells whether a single answer was right (I4): rounds come with the score that was already shown.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress
from django.utils import timezone

from webapp.accounts.models import User

ABOUT = (
    "Everything this site stores about you. Three things are kept where these pages cannot read them: an estimate of "
    "how reliable your answers are and notes of moderators who looked at how you play, which only the people who run a "
    "project see, and which answers were already known. Ask the people who run the project for the first two once the "
    "project is closed."
)


def my_data(user: User) -> dict[str, Any]:
    """A JSON-ready record. Times are UTC; answers are in pixels of the served picture."""
    now = timezone.now()
    return {
        "about": ABOUT,
        "person": {
            "pseudonym": user.pseudonym,
            "email": user.email,
            "joined_at": user.joined_at,
            "last_login": user.last_login,
            "on_boards": user.on_boards,
        },
        "email_addresses": list(
            EmailAddress.objects.filter(user=user).order_by("email").values("email", "verified", "primary")
        ),
        "consents": list(user.consents.order_by("given_at").values("text_version", "given_at")),
        "api_keys": user.play_tokens.count(),
        "rounds": [
            {
                "project": row["project__slug"],
                "size": row["size"],
                "started_at": row["started_at"],
                "completed_at": row["completed_at"],
                **_shown_score(row, now),
            }
            for row in user.rounds.order_by("started_at").values(
                "project__slug",
                "size",
                "started_at",
                "completed_at",
                "score__score",
                "score__points",
                "score__visible_at",
            )
        ],
        "answers": _plain(
            user.annotations.order_by("submitted_at").values(
                "assignment_id",
                "task__project__slug",
                "task__image__file",
                "task__label__key",
                "answer",
                "trace",
                "client_ms",
                "submitted_at",
            ),
            assignment="assignment_id",
            project="task__project__slug",
            picture="task__image__file",
            label="task__label__key",
            answer="answer",
            trace="trace",
            client_ms="client_ms",
            submitted_at="submitted_at",
        ),
        "assignments": list(
            user.assignments.exclude(claimed_at=None)
            .order_by("claimed_at")
            .values("id", "state", "claimed_at", "closed_at", "proposal", "unaided")
        ),
        "flags": _plain(
            user.assignments.exclude(flags=None).values("id", "flags__comment", "flags__created_at"),
            assignment="id",
            comment="flags__comment",
            created_at="flags__created_at",
        ),
        "studies": _plain(
            user.participations.order_by("begun_at").values(
                "study__title",
                "profession",
                "experience",
                "device",
                "consent_version",
                "begun_at",
                "completed_at",
                "total__right",
            ),
            study="study__title",
            profession="profession",
            experience="experience",
            device="device",
            consent_version="consent_version",
            begun_at="begun_at",
            completed_at="completed_at",
            right_percent="total__right",
        ),
        "study_answers": _plain(
            user.participations.filter(trials__answered_at__isnull=False)
            .order_by("begun_at", "trials__place")
            .values(
                "study__title",
                "trials__place",
                "trials__first__file",
                "trials__second__file",
                "trials__answer",
                "trials__client_ms",
                "trials__shown_at",
                "trials__answered_at",
            ),
            study="study__title",
            place="trials__place",
            picture="trials__first__file",
            second_picture="trials__second__file",
            answer="trials__answer",
            client_ms="trials__client_ms",
            shown_at="trials__shown_at",
            answered_at="trials__answered_at",
        ),
        "standings": _plain(
            user.standings.values(
                "project__slug", "points", "points_week", "rounds", "level", "streak_weeks", "badges"
            ),
            project="project__slug",
            points="points",
            points_week="points_week",
            rounds="rounds",
            level="level",
            streak_weeks="streak_weeks",
            badges="badges",
        ),
        "team": _plain(
            User.objects.filter(pk=user.pk, team_membership__isnull=False).values(
                "team_membership__team__name", "team_membership__joined_at"
            ),
            name="team_membership__team__name",
            joined_at="team_membership__joined_at",
        ),
        "looks_back": _plain(
            user.look_backs.filter(visible_at__lte=now)
            .order_by("visible_at")
            .values("project__slug", "answers", "shares", "visible_at", "credit"),
            project="project__slug",
            answers="answers",
            shares="shares",
            shown_at="visible_at",
            credit="credit",
        ),
    }


def _plain(rows: Iterable[Mapping[str, Any]], **names: str) -> list[dict[str, Any]]:
    """The rows with the names that a reader of the file understands: `names` is theirs = ours."""
    return [{theirs: row[ours] for theirs, ours in names.items()} for row in rows]


def _shown_score(row: Mapping[str, Any], now: datetime) -> dict[str, int | None]:
    """Score and points once they are shown, null before (I4)."""
    shown = row["score__visible_at"] is not None and row["score__visible_at"] <= now
    return {"score": row["score__score"] if shown else None, "points": row["score__points"] if shown else None}
