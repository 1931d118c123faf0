"""One person, two names: a guest who joins an account they have already."""

from django.db import transaction
from django.utils import timezone

from webapp.accounts.models import User
from webapp.annotations.models import Annotation
from webapp.tasks.models import Assignment, Hand, Round


@transaction.atomic
def merge_people(*, source: User, target: User) -> None:
    """Give all that `source` did to `target`. Of two answers to one task the first wins; the other is kept, but is
    nobody's and no longer a vote."""
    for task_id in _both(source, target):
        _settle(task_id, source, target)
    taken = set(Hand.objects.filter(annotator=target).values_list("project_id", flat=True))
    Assignment.objects.filter(annotator=source).update(annotator=target)
    Annotation.objects.filter(annotator=source).update(annotator=target)
    Round.objects.filter(annotator=source).update(annotator=target)
    # Where both had a hand, the account's own goes on and the guest's live reservations run out.
    Hand.objects.filter(annotator=source).exclude(project_id__in=taken).update(annotator=target)


def _both(source: User, target: User) -> list[object]:
    theirs = Assignment.objects.filter(annotator=target).values("task_id")
    return list(Assignment.objects.filter(annotator=source, task_id__in=theirs).values_list("task_id", flat=True))


def _settle(task_id: object, source: User, target: User) -> None:
    """Let go of the one of two assignments of a task that was answered later, or not at all."""
    rows = Assignment.objects.filter(task_id=task_id, annotator__in=[source, target])
    times = dict(Annotation.objects.filter(assignment__in=rows).values_list("assignment_id", "submitted_at"))
    unanswered = timezone.now()
    # First answered first; without answers the account's own stays.
    ranked = sorted(
        rows, key=lambda row: (row.pk not in times, times.get(row.pk, unanswered), row.annotator_id != target.pk)
    )
    for loser in ranked[1:]:
        Assignment.objects.filter(pk=loser.pk).update(annotator=None)
        Annotation.objects.filter(assignment_id=loser.pk).update(annotator=None, superseded=True)
