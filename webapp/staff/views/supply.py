"""The supply of gold: the recipe that more is made by, what is in stock of each label, and each batch's approval."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect

from quality.store import selectors as quality
from quality.supply import selectors as supply
from quality.supply import services
from webapp.projects.models import Project
from webapp.projects.selectors import labels_of
from webapp.staff.attempts import UNKNOWN_FORM, FormError, are, asked_for, attempt, chosen, number_of, said, whole_of
from webapp.staff.doors import Role, StaffRequest, page, staff_page

WHOLE = {"size": "the pictures a batch", "steps": "the steps", "material": "the pictures to use up"}
NUMBERS = {"spare": "the pictures made for each kept", "days": "the days", "guidance": "the guidance"}


@staff_page(write=Role.MODERATOR)
def making(request: StaffRequest, project: Project) -> HttpResponse:
    if request.method == "POST":
        with attempt(request):
            said(request, asked_for(request, ACTIONS)(request, project))
        return redirect("staff:making", slug=project.slug)
    lack, next_labels, why_not = supply.next_batch(project)
    found = supply.batches(project)
    return page(
        request,
        "making",
        project=project,
        labels=labels_of(project),
        recipe=supply.recipe_of(project),
        generators=supply.generators(project),
        rows=supply.label_rows(project),
        lack=lack,
        next_labels=next_labels,
        why_not=why_not,
        batches=found,
        is_busy=any(batch.is_on_its_way or batch.is_waiting for batch in found),
    )


@staff_page(write=Role.MODERATOR)
def batch(request: StaffRequest, project: Project, batch_id: int) -> HttpResponse:
    found = supply.batch(project, batch_id)
    if found is None:
        raise Http404("There is no such batch in this project.")
    if request.method == "POST":
        with attempt(request):
            said(request, _decide(request, project, batch_id))
        return redirect("staff:batch", slug=project.slug, batch_id=batch_id)
    items = []
    if found.is_waiting and found.pack_id is not None:
        items = quality.gold_items(project, pack_id=found.pack_id, limit=found.plan["size"])
    return page(
        request,
        "batch",
        project=project,
        labels=labels_of(project),
        batch=found,
        figures=supply.gate_figures(found.gates),
        items=items,
    )


def _decide(request: StaffRequest, project: Project, batch_id: int) -> str:
    match request.POST.get("action", ""):
        case "approve":
            without: list[UUID] = chosen(request) if request.POST.getlist("task") else []
            used, left_out = services.approve_batch(
                by=request.staff, project=project, batch_id=batch_id, without=without
            )
            return f"{used} pictures are gold from the next release on; {are(left_out, 'picture')} put away."
        case "reject":
            count = services.reject_batch(by=request.staff, project=project, batch_id=batch_id)
            return f"{are(count, 'picture')} put away for good."
        case "call_off":
            services.call_off(by=request.staff, project=project, batch_id=batch_id)
            return "The batch is called off."
        case _:
            raise FormError(UNKNOWN_FORM)


def _recipe(request: StaffRequest, project: Project) -> str:
    values: dict[str, Any] = {name: whole_of(request, name, what) for name, what in WHOLE.items()}
    values |= {name: number_of(request, name, what) for name, what in NUMBERS.items()}
    cap = request.POST.get("exposure_cap", "").strip()
    values["exposure_cap"] = whole_of(request, "exposure_cap", "the people a picture") if cap else None
    values |= {name: request.POST.get(name, "").strip() for name in ("generator", "checkpoint")}
    services.set_recipe(by=request.staff, project=project, active="active" in request.POST, **values)
    return "The recipe is saved."


def _order(request: StaffRequest, project: Project) -> str:
    services.order(by=request.staff, project=project, why="A moderator asked for it.")
    return "A batch is on its way; it takes a worker minutes with a GPU and hours without."


def _trust(request: StaffRequest, project: Project) -> str:
    services.trust_label(by=request.staff, project=project, label=request.POST.get("label", ""))
    return "The label is made again; what was found wrong until now counts no more."


ACTIONS: dict[str, Callable[[StaffRequest, Project], str]] = {"recipe": _recipe, "order": _order, "trust": _trust}
