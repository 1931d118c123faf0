"""The practice room for volunteers: answer, and see at once what is right and why. Nothing of it is stored."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from quality.domain.rubrics import RUBRICS
from webapp.annotations.answers import Question, clean_answer
from webapp.game.models import PracticeItem
from webapp.projects.models import Label, Project

SHOWN = ("id", "file", "width", "height", "markers", "label__key")


@dataclass(frozen=True)
class Verdict:
    """`score`: how close the answer came, 0-100; None for "can't tell". `truth`: as an annotator would give it."""

    score: int | None
    truth: dict[str, Any]
    explanation: str


def questions(project: Project) -> list[dict[str, Any]]:
    """The pictures of the room by the columns `SHOWN`, without their answers."""
    return list(PracticeItem.objects.filter(project=project).order_by("position", "pk").values(*SHOWN))


def has_practice(project: Project) -> bool:
    return PracticeItem.objects.filter(project=project).exists()


def find(item_id: UUID) -> PracticeItem | None:
    """A picture of an open project's room."""
    items = PracticeItem.objects.select_related("project").only(
        *(name for name in SHOWN if name != "label__key"),
        "label_id",
        "answer",
        "known_region",
        "explanation",
        "project__kind",
        "project__state",
    )
    return items.filter(pk=item_id, project__state=Project.State.OPEN).first()


def check(item: PracticeItem, answer: dict[str, Any]) -> Verdict:
    """Hold an answer against the truth. Raises InvalidAnswer."""
    kind = item.project.kind
    labels = list(Label.objects.filter(project=item.project_id).values_list("key", flat=True))
    given = clean_answer(answer, Question(kind, labels, item.width, item.height))
    size = (item.height, item.width)
    result = RUBRICS[kind](given, item.answer, known_region=item.known_region, size=size)
    score = None if result.score is None else round(100 * result.score)
    return Verdict(score, item.answer, item.explanation)
