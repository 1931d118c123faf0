"""How a project stands, for those who work on it."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Sum

from quality.store.intake import gold_rates
from quality.store.models import Consensus, TaskState
from quality.store.progress import percent
from quality.store.truths import open_states
from webapp.annotations.models import Annotation, Flag
from webapp.projects.models import Project


@dataclass(frozen=True)
class ProjectProgress:
    """`tasks`: open tasks by state (blocked, waiting, open, done, retired), gold left out (I5). `percent`: 0-100, of
    the answers wanted. `rates`: see `quality.store.intake.gold_rates`. `agreed`: consensus by source."""

    percent: float
    tasks: dict[str, int]
    answers_wanted: int
    answers_counted: int
    answers: int
    annotators: int
    last_answer_at: datetime | None
    flags: int
    agreed: dict[str, int]
    rates: dict[str, float]


def project_progress(project: Project) -> ProjectProgress:
    open_ = open_states(project)
    states = dict.fromkeys(TaskState.State.values, 0)
    states.update(open_.order_by().values_list("state").annotate(n=Count("pk")))
    live = open_.exclude(state=TaskState.State.RETIRED)
    sums = live.aggregate(wanted=Sum("target"), counted=Sum("counted"))
    given = Annotation.objects.filter(task__project=project)
    totals = given.aggregate(n=Count("pk"), people=Count("annotator", distinct=True), last=Max("submitted_at"))
    agreed = dict.fromkeys(Consensus.Source.values, 0)
    agreed.update(Consensus.objects.filter(project=project).values_list("source").annotate(n=Count("pk")))
    return ProjectProgress(
        percent=round(percent(project), 1),
        tasks=states,
        answers_wanted=sums["wanted"] or 0,
        answers_counted=sums["counted"] or 0,
        answers=totals["n"],
        annotators=totals["people"],
        last_answer_at=totals["last"],
        flags=Flag.objects.filter(assignment__task__project=project, resolved_at=None).count(),
        agreed=agreed,
        rates=gold_rates(project),
    )
