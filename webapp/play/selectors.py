"""What the pages read, column by column as the allow-list permits (I1)."""

from dataclasses import dataclass
from uuid import UUID

from django.shortcuts import get_object_or_404

from webapp.accounts.models import User
from webapp.projects.models import Exemplar, Label, Project
from webapp.tasks.models import Round

_CARD = ("slug", "title", "summary", "kind", "state", "percent_done")
_FULL = (*_CARD, "prompt", "guideline", "debrief", "round_size", "assist")

KIND_WORDS = {
    Project.Kind.CLASS: "Choose what you see",
    Project.Kind.BOX: "Draw boxes",
    Project.Kind.MASK: "Trace an outline",
}


@dataclass(frozen=True)
class Guide:
    """What the tutorial and the help sheet show of a project."""

    project: Project
    labels: list[Label]
    positive: list[Exemplar]
    negative: list[Exemplar]


def open_projects() -> list[Project]:
    return list(Project.objects.filter(state=Project.State.OPEN).only(*_CARD).order_by("title"))


def closed_projects() -> list[Project]:
    """Projects that are over, for their debrief."""
    return list(Project.objects.filter(state=Project.State.CLOSED).only(*_CARD, "debrief").order_by("title"))


def visible_project(slug: str) -> Project:
    """An open or closed project; drafts do not exist for volunteers (404)."""
    return get_object_or_404(Project.objects.exclude(state=Project.State.DRAFT).only(*_FULL), slug=slug)


def guide(project: Project) -> Guide:
    exemplars = list(
        Exemplar.objects.filter(project=project)
        .only("id", "project_id", "label_id", "file", "caption", "is_positive", "position")
        .order_by("position", "id")
    )
    return Guide(
        project=project,
        labels=list(
            Label.objects.filter(project=project).only("id", "project_id", "key", "name", "colour", "shortcut")
        ),
        positive=[e for e in exemplars if e.is_positive],
        negative=[e for e in exemplars if not e.is_positive],
    )


def own_round(*, user: User, round_id: UUID) -> Round:
    """The person's own round; anybody else's does not exist for them (404, I7)."""
    rounds = Round.objects.only("id", "project_id", "annotator_id", "size", "completed_at")
    return get_object_or_404(rounds, pk=round_id, annotator=user)
