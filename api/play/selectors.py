"""Projects as volunteers see them, from the columns that the volunteer tier may read (I1)."""

from collections.abc import Iterable
from typing import Any

from webapp.projects.models import Exemplar, Label, Project
from webapp.projects.remembered import Remembered

FIELDS = (
    "id",
    "slug",
    "title",
    "summary",
    "kind",
    "state",
    "prompt",
    "round_size",
    "lease_seconds",
    "assist",
    "percent_done",
)
LABEL_FIELDS = ("id", "project_id", "key", "name", "colour", "shortcut", "position")


def project(slug: str) -> Project | None:
    """An open project by its slug."""
    return Project.objects.only(*FIELDS).filter(slug=slug, state=Project.State.OPEN).first()


def _project_with_labels(slug: str) -> tuple[Project, list[Label]] | None:
    """An open project and its label set, in one query: the hot path. None also for a project without labels."""
    labels = list(
        Label.objects.select_related("project")
        .only(*LABEL_FIELDS, *(f"project__{name}" for name in FIELDS))
        .filter(project__slug=slug, project__state=Project.State.OPEN)
        .order_by("position", "id")
    )
    return (labels[0].project, labels) if labels else None


project_with_labels = Remembered[str, tuple[Project, list[Label]]](_project_with_labels)


def open_projects() -> list[dict[str, Any]]:
    """All open projects, by title, in the shape `ProjectOut`."""
    projects = list(Project.objects.only(*FIELDS).filter(state=Project.State.OPEN).order_by("title"))
    labels: dict[int, list[Label]] = {p.pk: [] for p in projects}
    for label in Label.objects.only(*LABEL_FIELDS).filter(project__in=labels).order_by("position", "id"):
        labels[label.project_id].append(label)
    return [_summary(p, labels[p.pk]) for p in projects]


def project_detail(project: Project) -> dict[str, Any]:
    """The shape `ProjectDetailOut`."""
    exemplars = Exemplar.objects.filter(project=project).order_by("position", "id")
    return {
        **_summary(project, labels_of(project)),
        "guideline": Project.objects.values_list("guideline", flat=True).get(pk=project.pk),
        "exemplars": [
            {"url": f"/pictures/{file}", "caption": caption, "is_positive": is_positive, "label": label}
            for file, caption, is_positive, label in exemplars.values_list(
                "file", "caption", "is_positive", "label__key"
            )
        ],
    }


def labels_of(project: Project) -> list[Label]:
    return list(Label.objects.only(*LABEL_FIELDS).filter(project=project).order_by("position", "id"))


def shown_labels(labels: Iterable[Label]) -> list[dict[str, str]]:
    """The shape `LabelOut`, many."""
    return [{"key": x.key, "name": x.name, "colour": x.colour, "shortcut": x.shortcut} for x in labels]


def _summary(project: Project, labels: list[Label]) -> dict[str, Any]:
    return {
        "slug": project.slug,
        "title": project.title,
        "summary": project.summary,
        "kind": project.kind,
        "prompt": project.prompt,
        "labels": shown_labels(labels),
        "round_size": project.round_size,
        "assist": project.assist,
        "percent_done": project.percent_done,
    }
