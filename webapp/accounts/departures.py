"""Leaving: carries out what people asked for on their way out, in the worker, one person a transaction (I12).

Answers that stay keep their grouping, since what is known of an annotator's reliability weighs them, but the row they
hang on is emptied: no name, no address, no key and no date leads from it to anybody.
"""

import secrets
from datetime import datetime
from uuid import UUID

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import Manager, Q

from webapp.accounts.models import PlaySession, PlayToken, StaffMember, StaffSession, User
from webapp.accounts.signals import answers_removed

BATCH = 20


def tick(now: datetime) -> int:
    """Carry out up to BATCH requests. Safe to repeat and to be killed: a person is gone wholly or not at all."""
    for sessions in (PlaySession, StaffSession):
        sessions.objects.filter(expire_date__lt=now).delete()
    waiting = User.objects.filter(deletion_requested_at__lte=now).order_by("deletion_requested_at")
    leavers = list(waiting.values_list("pk", flat=True)[:BATCH])
    for pk in leavers:
        depart(pk)
    return len(leavers)


@transaction.atomic
def depart(pk: UUID) -> None:
    """Let one person go, together with the guests who were merged into them."""
    person = User.objects.select_for_update().get(pk=pk)
    people = [person, *User.objects.filter(merged_into=person)]
    ids = [p.pk for p in people]
    PlayToken.objects.filter(user__in=ids).delete()
    PlaySession.objects.filter(user_id__in=ids).delete()
    EmailAddress.objects.filter(user__in=ids).delete()
    if not person.keep_answers:
        _remove_answers(ids)
    staff = set(StaffMember.objects.filter(user__in=ids).values_list("user_id", flat=True))
    for someone in people:
        if person.keep_answers or someone.pk in staff:
            _empty(someone)
    if not person.keep_answers:
        User.objects.filter(pk__in=set(ids) - staff).delete()


def _rows(relation: str) -> Manager:
    """The rows that point to people by `relation`; they live in rooms that this one may not import."""
    model = User._meta.get_field(relation).related_model
    assert isinstance(model, type)
    return model._default_manager


def _remove_answers(ids: list[UUID]) -> None:
    """Everything these people did, from the answers up. Grades go with the annotations they belong to."""
    annotations = _rows("annotations")
    # By assignment and hand as well: of two answers to one task, the later lost its annotator when a guest was merged.
    theirs = annotations.filter(
        Q(annotator__in=ids) | Q(assignment__annotator__in=ids) | Q(assignment__hand__annotator__in=ids)
    )
    task_ids = list(theirs.order_by().values_list("task_id", flat=True).distinct())
    theirs.delete()
    for relation in ("assignments", "hands", "rounds", "participations"):
        _rows(relation).filter(annotator__in=ids).delete()
    answers_removed.send(sender=User, task_ids=task_ids)


def _empty(person: User) -> None:
    """Leave of a person only a row without any trace of who it was, and which consent text their answers rest on."""
    for relation in ("consents", "standings", "look_backs"):
        getattr(person, relation).all().delete()
    User.objects.filter(pk=person.pk).update(
        pseudonym=f"Somebody who left ({secrets.token_hex(8)})",
        email=None,
        password=make_password(None),
        last_login=None,
        is_active=False,
        on_boards=False,
        joined_at=datetime(1970, 1, 1, tzinfo=person.joined_at.tzinfo),
        deletion_requested_at=None,
        merged_into=None,
    )
