"""The crowd, by pseudonym: how much people answered, how far they are trusted, and how each of them answers."""

import math
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse

from quality.domain.reliability import Quantity
from quality.store import selectors as quality
from quality.store.selectors.profiles import Profile, profile
from webapp.projects.models import Project
from webapp.projects.selectors import labels_of
from webapp.staff.doors import StaffRequest, page, staff_page
from webapp.staff.plots import Mark, line_plot
from webapp.staff.tables import csv_reply, wants_csv

PAGE = 100

ORDERS = {
    "answers": ("Most answers", lambda person: -person.answers),
    "suspect": (
        "Worth a look",
        lambda person: (not person.is_suspect, -(person.suspicion.probability if person.suspicion else -1)),
    ),
    "gold": ("Place by gold", lambda person: person.gold_place or math.inf),
    "board": ("Place on the board", lambda person: person.board_place or math.inf),
    "high": ("Most reliable", lambda person: -(person.mean if person.mean is not None else -1)),
    "low": ("Least reliable", lambda person: person.mean if person.mean is not None else 2),
    "unsure": ("Least known", lambda person: (person.low or 0) - (person.high or 1)),
    "slow": ("Slowest", lambda person: -(person.seconds or 0)),
}

# Of boxes and outlines: (quantity, in words, unit); "" for a share of 1.
QUANTITIES = {
    "detection": ("objects found", ""),
    "spurious": ("boxes where there is nothing", "a picture"),
    "right label": ("right label on what was found", ""),
    "offset x": ("drawn too far right", "widths"),
    "offset y": ("drawn too low", "heights"),
    "offset width": ("drawn too wide", "log ratio"),
    "offset height": ("drawn too high", "log ratio"),
    "spread x": ("scatter across", "widths"),
    "spread y": ("scatter up and down", "heights"),
    "spread width": ("scatter of the width", "log ratio"),
    "spread height": ("scatter of the height", "log ratio"),
    "hit": ("outlined the right object", ""),
    "miss": ("said that nothing is there", ""),
    "wrong object": ("outlined something else", ""),
    "offset": ("outline too far out", "px"),
    "spread": ("scatter of the outline", "px"),
    "sensitivity": ("sensitivity near the true outline", ""),
    "specificity": ("specificity near the true outline", ""),
}


@staff_page()
def annotators(request: StaffRequest, project: Project) -> HttpResponse:
    order = request.GET.get("order", "answers")
    order = order if order in ORDERS else "answers"
    people = sorted(quality.annotators(project), key=ORDERS[order][1])
    if wants_csv(request):
        return csv_reply(f"{project.slug}-annotators", LIST_COLUMNS, map(_list_row, people))
    orders = [(key, name) for key, (name, _) in ORDERS.items()]
    offset = int(request.GET["from"]) if request.GET.get("from", "").isdecimal() else 0
    shown = people[offset : offset + PAGE]
    return page(
        request,
        "annotators",
        project=project,
        people=shown,
        order=order,
        orders=orders,
        suspects=sum(person.is_suspect for person in people),
        total=len(people),
        query=f"order={order}",
        earlier=max(offset - PAGE, 0) if offset else None,
        later=offset + PAGE if offset + PAGE < len(people) else None,
        first=min(offset + 1, len(people)),
        last=offset + len(shown),
    )


LIST_COLUMNS = (
    "annotator", "pseudonym", "mean", "low", "high", "n_gold", "answers", "cannot_tell", "seconds", "last_answer_at",
    "nearer_to_guessing", "hints", "carry_over", "carry_over_low", "carry_over_high", "n_real", "gold_low",
    "gold_place", "board_place",
)  # fmt: skip


def _list_row(person: quality.Annotator) -> list[Any]:
    doubt, gap = person.suspicion, person.carry_over
    return [
        person.id, person.pseudonym, person.mean, person.low, person.high, person.n_gold, person.answers,
        person.abstentions, person.seconds, person.last_answer_at.isoformat() if person.last_answer_at else None,
        doubt.probability if doubt else None, " ".join(doubt.reasons) if doubt else None,
        *((gap.mean, gap.low, gap.high, gap.n) if gap else (None,) * 4), person.gold_low, person.gold_place,
        person.board_place,
    ]  # fmt: skip


@staff_page()
def annotator(request: StaffRequest, project: Project, annotator_id: UUID) -> HttpResponse:
    found = profile(project, annotator_id)
    if found is None:
        raise Http404("Nobody of that number has answered in this project.")
    if wants_csv(request):
        name = f"{project.slug}-{found.person.pseudonym.replace(' ', '-')}"
        if request.GET.get("table") == "curve":
            points = ((p.n, p.mean, p.low, p.high) for p in found.curve)
            return csv_reply(f"{name}-curve", ("known_answers", "mean", "low", "high"), points)
        rows = ((what, q.mean, q.low, q.high, q.n) for what, q in _everything(found))
        return csv_reply(name, ("quantity", "mean", "low", "high", "n"), rows)
    marks = [Mark(p.n, p.mean, p.low, p.high) for p in found.curve]
    names = {label.key: label.name for label in labels_of(project)}
    return page(
        request,
        "annotator",
        project=project,
        found=found,
        person=found.person,
        curve=line_plot(
            marks,
            title="Score on known answers",
            x="known answers given",
            y="mean score of the last 20, 0–1",
            reference=found.person.suspicion.bound if found.person.suspicion else None,
        )
        if marks
        else None,
        quantities=[(*QUANTITIES.get(what, (what, "")), q) for what, q in found.quantities.items()],
        confusion=_confusion(found, names),
    )


def _everything(found: Profile) -> Iterator[tuple[str, Quantity]]:
    """All quantities of a person under plain names."""
    yield from found.quantities.items()
    if found.confusion:
        for (truth, said), cell in found.confusion.cells.items():
            yield f"said {said} for {truth}", cell
    for name, q in found.strata.items():
        yield f"score: {name}", q
    others = {
        "synthetic minus expert-labelled": found.person.carry_over,
        "agreement with others": found.peers,
        "seconds a task": found.habits.seconds,
        "proposals sent back unedited": found.habits.unedited,
        "planted errors put right": found.habits.corrected,
    }
    yield from ((name, q) for name, q in others.items() if q is not None)


def _confusion(found: Profile, names: dict[str, str]) -> dict[str, Any] | None:
    """{"labels": names, "rows": [(name of the truth, n, cells)]}; a person in words says "nothing here" too."""
    if found.confusion is None or not found.confusion.labels:
        return None
    labels, cells = found.confusion.labels, found.confusion.cells
    said = {key: names.get(key, "nothing here" if key == "(nothing)" else key) for key in labels}
    rows = [(said[truth], cells[truth, truth].n, [cells[truth, key] for key in labels]) for truth in labels]
    return {"labels": [said[key] for key in labels], "rows": rows}
