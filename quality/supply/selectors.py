"""The supply of gold as staff see it: recipe, labels, batches."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from quality.store import selectors as store
from quality.supply import planning
from quality.supply.models import Batch, Recipe
from quality.supply.recipes import SupplyError, generators_for
from webapp.projects.models import Project


@dataclass(frozen=True)
class LabelRow:
    """A label's gold in stock, and what people said of what was made of it."""

    stock: store.LabelStock
    record: planning.LabelRecord | None

    @property
    def label(self) -> str:
        return self.stock.label


@dataclass(frozen=True)
class GateFigure:
    """One figure of a gate's report beside its limit, in words; `passed` None where it decides nothing by itself."""

    gate: str
    name: str
    value: str
    limit: str
    passed: bool | None


@dataclass(frozen=True)
class BatchView:
    """A batch; `by`, `decided_by`: user names, empty for the clock. `candidates`: pictures that wait for a decision."""

    id: int
    state: str
    words: str
    why: str
    reason: str
    told: str
    plan: dict[str, Any]
    gates: dict[str, Any]
    pack_id: int | None
    held_used: int
    used_up: int
    by: str
    decided_by: str
    wanted_at: datetime
    finished_at: datetime | None
    decided_at: datetime | None

    @property
    def is_on_its_way(self) -> bool:
        return self.state in Batch.ON_ITS_WAY

    @property
    def is_waiting(self) -> bool:
        return self.state == Batch.State.WAITING


def recipe_of(project: Project) -> Recipe | None:
    """To be read, not changed."""
    return Recipe.objects.filter(project=project).select_related("set_by").first()


def generators(project: Project) -> list[tuple[str, str]]:
    """(key, words) of the generators that can make gold for a project."""
    words = dict(Recipe.Generator.choices)
    return [(key, words[Recipe.Generator(key)]) for key in generators_for(project)]


def label_rows(project: Project) -> list[LabelRow]:
    """By label, in the project's order."""
    recipe = recipe_of(project)
    records = {record.label: record for record in planning.label_records(project, recipe)} if recipe else {}
    return [LabelRow(stock, records.get(stock.label)) for stock in store.label_stock(project)]


def next_batch(project: Project) -> tuple[planning.Lack, list[str], str]:
    """What is missing now, which labels a batch would be of, and, where none can be made, why (one sentence)."""
    recipe = recipe_of(project)
    if recipe is None:
        return planning.Lack(0, ""), [], "The project has no recipe yet."
    lack = planning.lack_of(project, recipe, now=timezone.now())
    try:
        labels = planning.labels_to_make(project, recipe)
    except SupplyError as error:
        return lack, [], str(error)
    return lack, labels, "" if labels else planning.ALL_BARRED


def batches(project: Project, *, limit: int = 20) -> list[BatchView]:
    """The project's batches, the newest first."""
    found = Batch.objects.filter(project=project).select_related("by", "decided_by").order_by("-pk")[:limit]
    return [_view(batch) for batch in found]


def batch(project: Project, batch_id: int) -> BatchView | None:
    found = Batch.objects.filter(project=project, pk=batch_id).select_related("by", "decided_by").first()
    return _view(found) if found else None


def waiting_batch(project: Project) -> int | None:
    """The batch that waits for a moderator, if one does."""
    return Batch.objects.filter(project=project, state=Batch.State.WAITING).values_list("pk", flat=True).first()


def _view(batch: Batch) -> BatchView:
    return BatchView(
        id=batch.pk,
        state=batch.state,
        words=batch.get_state_display(),
        why=batch.why,
        reason=batch.reason,
        told=batch.told,
        plan=batch.plan,
        gates=batch.gates,
        pack_id=batch.pack_id,
        held_used=batch.held_used,
        used_up=len(batch.material),
        by=batch.by.username if batch.by else "",
        decided_by=batch.decided_by.username if batch.decided_by else "",
        wanted_at=batch.wanted_at,
        finished_at=batch.finished_at,
        decided_at=batch.decided_at,
    )


def gate_figures(gates: dict[str, Any]) -> list[GateFigure]:
    """The figures of a batch's gate reports that decide, each with its limit; those of gates that said no as well."""
    return [figure for report in gates.values() for figure in _FIGURES[report["gate"]](report)]


def _of_memorisation(report: dict[str, Any]) -> list[GateFigure]:
    value, limit = f"{report['share']:.1%}", f"at most {report['allowed']:.0%}"
    return [GateFigure("Memorisation", "Copies of real pictures", value, limit, report["passed"])]


def _of_fidelity(report: dict[str, Any]) -> list[GateFigure]:
    least = report["agreement_real"] - report["margin"]
    figures = [
        GateFigure(
            "Fidelity",
            "Pictures that show what their label says",
            f"{report['agreement']:.0%}",
            f"at least {least:.0%} (real ones: {report['agreement_real']:.0%})",
            report["passed"],
        )
    ]
    figures += [
        GateFigure("Fidelity", f"... of {label.replace('_', ' ')}", f"{share:.0%}", "", None)
        for label, share in report["per_class"].items()
    ]
    return figures


def _of_realism(report: dict[str, Any]) -> list[GateFigure]:
    figures = []
    for name, channel in report["channels"].items():
        if "upper" in channel:
            value = f"{channel['auc']:.2f}, surely below {channel['upper']:.2f}"
            limit = f"surely below {channel['limit']:.2f}, not under {report['lowest']:.2f}"
        else:
            value, limit = f"{channel['distance']:.4f}", f"at most {channel['floor']:.4f}"
        figures.append(GateFigure("Realism", name.capitalize(), value, limit, channel["passed"]))
    sides = f"{report['n_generated']} made, {report['n_real']} real of {report['real_sources']} sources"
    return [*figures, GateFigure("Realism", "Pictures compared", sides, "", report.get("certifiable"))]


_FIGURES = {"memorisation": _of_memorisation, "fidelity": _of_fidelity, "realism": _of_realism}
