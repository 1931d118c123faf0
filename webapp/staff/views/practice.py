"""The practice room: which pictures are in it, with which words, and which could be."""

from collections.abc import Callable
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect

from quality.store import selectors as quality
from quality.store import services as store
from webapp.projects.models import Project
from webapp.projects.selectors import labels_of
from webapp.staff.attempts import FormError, are, asked_for, attempt, chosen, said
from webapp.staff.doors import Role, StaffRequest, page, staff_page

OFFERED = 40


@staff_page(write=Role.MODERATOR)
def practice(request: StaffRequest, project: Project) -> HttpResponse:
    if request.method == "POST":
        with attempt(request):
            said(request, asked_for(request, ACTIONS)(request, project))
        return redirect("staff:practice", slug=project.slug)
    return page(
        request,
        "practice",
        project=project,
        labels=labels_of(project),
        items=quality.practice_items(project),
        offered=quality.practice_offered(project, limit=OFFERED),
    )


def _make(request: StaffRequest, project: Project) -> str:
    explanation = request.POST.get("explanation", "")
    made = store.make_practice(by=request.staff, project=project, tasks=chosen(request), explanation=explanation)
    return f"{are(len(made), 'picture')} in the practice room now, and out of gold for good."


def _explain(request: StaffRequest, project: Project) -> str:
    explanation = request.POST.get("explanation", "")
    store.explain_practice(by=request.staff, project=project, item=_item(request), explanation=explanation)
    return "Saved."


def _drop(request: StaffRequest, project: Project) -> str:
    store.drop_practice(by=request.staff, project=project, item=_item(request))
    return "It is out of the practice room. Since people saw it, it does not come back as a task."


def _item(request: StaffRequest) -> UUID:
    try:
        return UUID(request.POST.get("item", ""))
    except ValueError:
        raise FormError("There is no such picture in the practice room.") from None


ACTIONS: dict[str, Callable[[StaffRequest, Project], str]] = {"make": _make, "explain": _explain, "drop": _drop}
