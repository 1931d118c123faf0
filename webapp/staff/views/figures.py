"""Figures of a whole project: how far people agree, and whether its labels are as good as they say."""

from typing import Any

from django.http import HttpResponse

from quality.store.figures import figures_of
from webapp.accounts.models import User
from webapp.projects.models import Project
from webapp.staff.doors import StaffRequest, page, staff_page
from webapp.staff.plots import Mark, histogram, matrix_plot, reliability_diagram
from webapp.staff.tables import csv_reply, wants_csv

WORDS = {"class": ("P(label)", "share right"), "box": ("expected F1", "F1"), "mask": ("expected Dice", "Dice")}
ON = {
    "held": "Held-back truths: open tasks whose expert’s label nothing was learnt from.",
    "gold": "Gold, fused as if nobody knew its answer and its answers had taught nothing.",
}


@staff_page()
def agreement(request: StaffRequest, project: Project) -> HttpResponse:
    found = figures_of(project, "agreement")
    rows, pairs = found.content.get("rows", []), found.content.get("pairs", {})
    if wants_csv(request):
        if request.GET.get("table") == "pairs":
            columns = ("measure", "first", "second", "mean", "low", "high", "n")
            told = ([name, *(pair[key] for key in columns[1:])] for name, entries in pairs.items() for pair in entries)
            return csv_reply(f"{project.slug}-pairs", columns, told)
        return csv_reply(f"{project.slug}-agreement", COEFFICIENT, map(_coefficient, rows))
    people = found.content.get("people", [])
    names = {str(pk): name for pk, name in User.objects.filter(pk__in=people).values_list("pk", "pseudonym")}
    order = [names.get(person, "somebody who left") for person in people]
    plots = [(name, _matrix(entries, people, order, name)) for name, entries in pairs.items() if entries]
    return page(request, "agreement", project=project, found=found, rows=rows, plots=plots, order=order)


COUNTS = ("tasks", "people", "answers")
COEFFICIENT = ("what", "value", "low_by_task", "high_by_task", "low_by_person", "high_by_person", *COUNTS)


def _coefficient(row: dict[str, Any]) -> list[Any]:
    by_task, by_person = row["by_task"] or (None, None), row["by_person"] or (None, None)
    return [row["what"], row["value"], *by_task, *by_person, *(row[key] for key in COUNTS)]


def _matrix(pairs: list[dict[str, Any]], people: list[str], names: list[str], measure: str) -> str:
    place = {person: i for i, person in enumerate(people)}
    cells: list[list[tuple[float, str] | None]] = [[None] * len(people) for _ in people]
    for pair in pairs:
        i, j = place[pair["first"]], place[pair["second"]]
        note = (
            f"{names[i]} and {names[j]}: {pair['mean']:.2f} ({pair['low']:.2f} to {pair['high']:.2f}), n = {pair['n']}"
        )
        cells[i][j] = cells[j][i] = (pair["mean"], note)
    return matrix_plot(cells, names=names, title=f"{measure}, everybody against everybody")


@staff_page()
def calibration(request: StaffRequest, project: Project) -> HttpResponse:
    found = figures_of(project, "calibration")
    checks = [(ON[on], on, found.content[on]) for on in ON if found.content.get(on)]
    if wants_csv(request):
        columns = ("on", "low", "high", "estimated", "realised", "floor", "ceiling", "n")
        bins = (
            [on, *(one[key] for key in columns[1:])] for _, on, check in checks for one in check["calibration"]["bins"]
        )
        return csv_reply(f"{project.slug}-calibration", columns, bins)
    estimate, outcome = WORDS[project.kind]
    target = found.content.get("target", 1.0)
    plots = [
        (
            about,
            check,
            reliability_diagram(
                [_mark(one, outcome) for one in check["calibration"]["bins"]],
                title="Reliability diagram",
                x=f"estimated: {estimate}",
                y=f"realised: {outcome}",
                target=target,
            ),
        )
        for about, _, check in checks
    ]
    open_ = found.content.get("open")
    return page(
        request,
        "calibration",
        project=project,
        found=found,
        target=target,
        open=open_,
        plots=plots,
        outcome=outcome,
        labels_by_quality=histogram(
            open_["histogram"],
            title="Open labels by estimated quality",
            x=f"estimated: {estimate}",
            y="labels",
            target=target,
        )
        if open_
        else None,
    )


def _mark(one: dict[str, Any], outcome: str) -> Mark:
    note = (
        f"estimated {one['estimated']:.2f}, {outcome} {one['realised']:.2f} "
        f"({one['floor']:.2f} to {one['ceiling']:.2f}), n = {one['n']}"
    )
    return Mark(one["estimated"], one["realised"], one["floor"], one["ceiling"], note)
