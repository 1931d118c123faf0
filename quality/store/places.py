"""Places of a task's target: held by what was dealt, given back when it is skipped or expires, filled by what counts.

`TaskState.held` is the number of the task's Reservation rows; both change together under the task's row lock.
"""

from collections import Counter
from collections.abc import Collection
from uuid import UUID

from django.db import transaction
from django.db.models import Count, F, OuterRef, Subquery
from django.db.models.functions import Coalesce, Least

from quality.store.models import Reservation, TaskState
from webapp.tasks.models import Assignment

BATCH = 500
# Places of a task that may be dealt as things stand; below 0 where more is held than is wanted by now.
FREE = Least(F("target"), Coalesce(F("wanted"), F("target"))) - F("counted") - F("held")
FREE_FROM = ("target", "wanted", "counted", "held")
CLOSED = (Assignment.State.SKIPPED, Assignment.State.EXPIRED)


def free(target: int, wanted: int | None, counted: int, held: int) -> int:
    """`FREE`, of a row's `FREE_FROM`."""
    return min(target, target if wanted is None else wanted) - counted - held


def return_places() -> int:
    """Give back places whose assignments were skipped or have expired; returns how many. Safe to repeat.

    What expired before anybody saw it disappears altogether, so that it may be dealt to the same person again.
    """
    total = 0
    while True:
        returned = _return_some()
        total += returned
        if returned < BATCH:
            return total


@transaction.atomic
def _return_some() -> int:
    # Asked under the lock: an assignment that was answered late after all keeps its place until it is graded.
    rows = list(
        Reservation.objects.select_for_update(of=("self", "assignment"), skip_locked=True)
        .select_related("assignment")
        .filter(assignment__state__in=CLOSED)[:BATCH]
    )
    give_back([row.assignment_id for row in rows])
    unseen = [row.assignment_id for row in rows if row.assignment.claimed_at is None]
    Assignment.objects.filter(pk__in=unseen).delete()
    return len(rows)


def give_back(assignment_ids: Collection[UUID]) -> None:
    """Give back the places that these assignments hold. Call it inside a transaction."""
    held = Reservation.objects.filter(assignment__in=assignment_ids)
    tasks = Counter(held.values_list("task_id", flat=True))
    list(TaskState.objects.select_for_update(no_key=True).filter(task__in=tasks).order_by("task").values("task"))
    held.delete()
    for number in sorted(set(tasks.values())):
        alike = [task_id for task_id, count in tasks.items() if count == number]
        TaskState.objects.filter(task__in=alike).update(held=F("held") - number)


def recount() -> int:
    """Set right what somebody's leaving left behind: their assignments went, and the places these held. Safe to
    repeat; returns how many tasks were wrong."""
    counts = Reservation.objects.filter(task=OuterRef("task")).order_by().values("task").annotate(n=Count("pk"))
    suspects = TaskState.objects.filter(held__gt=0).annotate(reserved=Coalesce(Subquery(counts.values("n")), 0))
    wrong = list(suspects.exclude(held=F("reserved")).values_list("task", flat=True))
    for task_id in wrong:
        with transaction.atomic():
            state = TaskState.objects.select_for_update(no_key=True).get(task=task_id)
            state.held = Reservation.objects.filter(task=task_id).count()
            state.save(update_fields=["held"])
    return len(wrong)
