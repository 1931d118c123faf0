"""Gold in stock by label and difficulty, and which labels a generator gets wrong."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Avg, Exists, F, OuterRef

from quality.store.disputes import PEOPLE
from quality.store.models import GoldTruth, Grade, Review, TaskState
from webapp.projects.models import Project

EASY, HARD = 0.8, 0.5  # people's mean score on a picture
NOTHING = "nothing"  # the key of truths that say "nothing here"

_KEYS = {
    Project.Kind.CLASS: F("answer__label"),
    Project.Kind.BOX: F("answer__boxes__0__4"),  # what its first box shows
    Project.Kind.MASK: F("task__label__key"),
}
_STATES = {TaskState.State.BLOCKED: "unseen", TaskState.State.WAITING: "unseen", TaskState.State.OPEN: "in_play"}


@dataclass(frozen=True)
class LabelStock:
    """Gold of one label. `unseen`: not released yet; `in_play`; `used`: has all its answers. Of those in play and used,
    by people's mean score: `easy`, `middling`, `hard`."""

    label: str
    unseen: int = 0
    in_play: int = 0
    used: int = 0
    easy: int = 0
    middling: int = 0
    hard: int = 0

    @property
    def to_come(self) -> int:
        return self.unseen + self.in_play


def label_stock(project: Project) -> list[LabelStock]:
    """Of every label of the project, in their order."""
    truths = GoldTruth.objects.filter(project=project, state=GoldTruth.State.APPROVED)
    keys = dict(truths.annotate(key=_KEYS[Project.Kind(project.kind)]).values_list("task", "key"))
    states = dict(TaskState.objects.filter(task__in=truths.values("task")).values_list("task", "state"))
    graded = Grade.objects.filter(task__in=truths.values("task"), gold_score__isnull=False).order_by()
    means = dict(graded.values_list("task").annotate(mean=Avg("gold_score")))
    counts: dict[str, Counter[str]] = {label: Counter() for label in project.labels.values_list("key", flat=True)}
    for task, key in keys.items():
        of_label = counts.setdefault(key or NOTHING, Counter())
        of_label[_STATES.get(TaskState.State(states[task]), "used")] += 1
        if task in means:
            of_label["easy" if means[task] >= EASY else "hard" if means[task] < HARD else "middling"] += 1
    return [LabelStock(label, **count) for label, count in counts.items()]


def verdicts(pack_ids: Collection[int]) -> list[tuple[int, str, int, int]]:
    """(pack, label, answered, found wrong) of made gold: how many truths enough people have answered to find a wrong
    one, and how many of these are in quarantine, or were corrected or put away by a moderator."""
    decided = Review.objects.filter(task=OuterRef("task"), action__in=(Review.Action.REVISE, Review.Action.RETIRE))
    states = (GoldTruth.State.APPROVED, GoldTruth.State.QUARANTINED, GoldTruth.State.RETIRED)
    truths = GoldTruth.objects.filter(pack__in=pack_ids, state__in=states).select_related("project")
    answered: dict[UUID, int] = dict(
        TaskState.objects.filter(task__in=truths.values("task")).values_list("task", "counted")
    )
    found: dict[tuple[int, str], Counter[str]] = {}
    for kind, key in _KEYS.items():
        rows = truths.filter(project__kind=kind).annotate(key=key, decided=Exists(decided))
        for task, pack, label, state, is_decided in rows.values_list("task", "pack", "key", "state", "decided"):
            wrong = is_decided or state == GoldTruth.State.QUARANTINED
            if pack is not None and (wrong or answered.get(task, 0) >= PEOPLE):
                found.setdefault((pack, label or NOTHING), Counter()).update(answered=1, wrong=int(wrong))
    return [(pack, label, count["answered"], count["wrong"]) for (pack, label), count in sorted(found.items())]
