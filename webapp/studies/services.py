"""What happens in a study. What the volunteer tier calls keeps to its allow-list (I1)."""

from collections.abc import Mapping
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from webapp.accounts.models import StaffMember, User
from webapp.studies import consent
from webapp.studies.models import Participation, Study, Trial

LONGEST_MS = 3_600_000
BACKGROUND = {
    "profession": Participation.Profession,
    "experience": Participation.Experience,
    "device": Participation.Device,
}


class StudyError(ValueError):
    """What was asked for cannot be done; the message is one sentence for whoever asked."""


def begin(*, by: User, study: Study, consent_version: str, background: Mapping[str, str]) -> None:
    """Record consent and background; the worker then lays out the questions. Safe to repeat: the first one stands.

    `background`: profession, experience and device, each one of its choices. Raises StudyError.
    """
    if study.state != Study.State.OPEN:
        raise StudyError("This study is closed.")
    if consent_version != consent.CURRENT.version:
        raise StudyError("This text has changed since you opened it. Please read it again.")
    if any(background.get(name) not in choices.values for name, choices in BACKGROUND.items()):
        raise StudyError("Please answer the three questions about yourself; “I would rather not say” is an answer.")
    try:
        with transaction.atomic():
            Participation.objects.create(
                study=study,
                annotator=by,
                consent_version=consent_version,
                begun_at=timezone.now(),
                **{name: background[name] for name in BACKGROUND},
            )
    except IntegrityError:  # in another tab
        if not Participation.objects.filter(study=study, annotator=by).exists():
            raise


def note_shown(*, trial: Trial) -> None:
    """From now on the question counts as seen; the first time stands."""
    Trial.objects.filter(pk=trial.pk, shown_at=None).update(shown_at=timezone.now())


@transaction.atomic
def answer(*, participation: Participation, trial_id: UUID, said: str, client_ms: int | None = None) -> None:
    """Keep an answer to a question of this participation. Safe to repeat: the first answer stands (I6).

    Raises StudyError where there is no such question, or the answer is none to it; after the last one the
    participation is complete.
    """
    trial = Trial.objects.filter(pk=trial_id, participation=participation).first()
    if trial is None:
        raise StudyError("There is no such question.")
    if said not in (Trial.SINGLE if trial.second_id is None else Trial.PAIR):
        raise StudyError("Please choose one of the two answers.")
    if client_ms is not None and not 0 <= client_ms <= LONGEST_MS:
        client_ms = None
    now = timezone.now()
    Trial.objects.filter(pk=trial.pk, answered_at=None).update(answer=said, answered_at=now, client_ms=client_ms)
    if not Trial.objects.filter(participation=participation, answered_at=None).exists():
        Participation.objects.filter(pk=participation.pk, completed_at=None).update(completed_at=now)


def open_study(*, by: StaffMember | None, study: Study) -> None:
    """Let people take part. Raises StudyError without an ethics reference (I12)."""
    if not study.ethics_reference.strip():
        raise StudyError(
            "A study needs its ethics reference before it opens: an approval number, or why none is needed."
        )
    study.state = Study.State.OPEN
    study.save(update_fields=["state"])


def close_study(*, by: StaffMember | None, study: Study) -> None:
    """End it: nobody begins, nobody goes on; what was answered is kept."""
    study.state = Study.State.CLOSED
    study.save(update_fields=["state"])


def merge_people(*, source: User, target: User) -> None:
    """What a guest did in studies becomes the account's; where both took part, the account's alone counts."""
    there = list(Participation.objects.filter(annotator=target).values_list("study", flat=True))
    Participation.objects.filter(annotator=source).exclude(study__in=there).update(annotator=target)
