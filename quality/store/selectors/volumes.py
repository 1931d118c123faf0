"""What stands out between the slices of volumes, for the page that lists it."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Max

from quality.store.figures import Figures, Name, figures_of
from quality.store.models import Consensus
from quality.store.volumes import MOST
from webapp.projects.models import Project


@dataclass(frozen=True)
class VolumeFinding:
    """`kind`: gap, area, end or sides; `tasks`: (number of the slice, task) of those to look at; slices that nobody was
    asked about have none."""

    volume: str
    label: str
    kind: str
    sentence: str
    tasks: tuple[tuple[int, UUID], ...]


@dataclass(frozen=True)
class VolumeFindings:
    """`figures`: when they were worked out; `findings`: but those on which a moderator has decided since; `is_full`:
    there may be more than are kept."""

    figures: Figures
    findings: list[VolumeFinding]
    is_full: bool


def volume_findings(project: Project) -> VolumeFindings:
    """As a worker last found them, at once; it is asked again where labels have changed since."""
    changed_at = Consensus.objects.filter(project=project).aggregate(last=Max("updated_at"))["last"]
    figures = figures_of(project, Name.VOLUMES, changed_at=changed_at)
    findings = [
        VolumeFinding(**{**one, "tasks": tuple((task["slice"], UUID(task["task"])) for task in one["tasks"])})
        for one in figures.content.get("findings", [])
    ]
    asked = {task for finding in findings for _, task in finding.tasks}
    decided = Consensus.objects.filter(task__in=asked).exclude(source=Consensus.Source.CROWD)
    done = set(decided.values_list("task", flat=True))
    left = [one for one in findings if not one.tasks or not done.issuperset(task for _, task in one.tasks)]
    return VolumeFindings(figures, left, is_full=len(findings) == MOST)
