"""What the pages of studies read, column by column as the allow-list permits (I1)."""

from webapp.accounts.models import User
from webapp.studies.models import Participation, Study, Total, Trial

_STUDY = ("id", "slug", "title", "introduction", "state", "pairs", "singles", "project_id")
_TRIAL = ("id", "participation_id", "place", "first_id", "second_id", "shown_at", "answered_at")
_PICTURES = tuple(f"{side}__{name}" for side in ("first", "second") for name in ("file", "width", "height"))


def open_studies() -> list[Study]:
    return list(Study.objects.filter(state=Study.State.OPEN).only(*_STUDY).order_by("title"))


def visible_study(slug: str) -> Study | None:
    """An open or closed study; drafts do not exist for volunteers."""
    return Study.objects.exclude(state=Study.State.DRAFT).filter(slug=slug).only(*_STUDY).first()


def participation_of(user: User, study: Study) -> Participation | None:
    return Participation.objects.filter(annotator=user, study=study).first()


def next_trials(participation: Participation) -> list[Trial]:
    """The next question with its pictures, and the one after it; empty: none is left, or none is laid out yet."""
    left = Trial.objects.filter(participation=participation, answered_at=None).order_by("place")
    return list(left.select_related("first", "second").only(*_TRIAL, *_PICTURES)[:2])


def right_of(participation: Participation) -> int | None:
    """Right answers in percent, to the nearest five; None until the worker has counted."""
    return Total.objects.filter(participation=participation).values_list("right", flat=True).first()
