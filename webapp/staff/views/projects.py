"""The list of projects, a new one, and how one stands."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect

from quality.store import selectors as quality
from webapp.images.selectors import suspected_text
from webapp.projects.models import Project
from webapp.projects.selectors import labels_of, projects_of
from webapp.projects.services import close_project, create_project, open_project
from webapp.staff.attempts import REFUSALS, are, attempt, said
from webapp.staff.doors import Role, StaffRequest, page, staff_page


@staff_page()
def index(request: StaffRequest) -> HttpResponse:
    rows = [(project, quality.project_progress(project)) for project in projects_of(request.staff)]
    return page(request, "index", rows=rows)


@staff_page(read=Role.MODERATOR, write=Role.MODERATOR)
def new(request: StaffRequest) -> HttpResponse:
    error = ""
    if request.method == "POST":
        try:
            project = _create(request)
        except REFUSALS as refusal:
            error = str(refusal)
        else:
            said(request, "The project is a draft: say more about it, then bring pictures.")
            return redirect("staff:settings", slug=project.slug)
    return page(
        request, "new", kinds=Project.Kind.choices, error=error, given=request.POST, status=400 if error else 200
    )


def _create(request: StaffRequest) -> Project:
    given = request.POST
    labels = [line.strip() for line in given.get("labels", "").splitlines() if line.strip()]
    return create_project(
        by=request.staff,
        title=given.get("title", "").strip(),
        kind=given.get("kind", ""),
        prompt=given.get("prompt", "").strip(),
        slug=given.get("slug", "").strip(),
        labels=labels,
    )


@staff_page(write=Role.MODERATOR)
def overview(request: StaffRequest, project: Project) -> HttpResponse:
    """How the project stands; opening and closing it."""
    if request.method == "POST":
        with attempt(request):
            if request.POST.get("action") == "open":
                open_project(by=request.staff, project=project)
                said(request, "The project is open to volunteers.")
            elif request.POST.get("action") == "close":
                close_project(by=request.staff, project=project)
                said(request, "The project is closed; volunteers now see its debrief.")
        return redirect("staff:overview", slug=project.slug)
    progress = quality.project_progress(project)
    return page(
        request,
        "overview",
        project=project,
        progress=progress,
        todo=_todo(project, progress),
        stock=quality.gold_stock(project),
        labels=labels_of(project),
    )


def _todo(project: Project, progress: Any) -> list[tuple[str, str]]:
    """What stands between the project and its end, each with the page where it is done."""
    steps = []
    if not labels_of(project):
        steps.append(("settings", "Add the labels that people choose from."))
    if not project.ethics_reference or not project.data_licence:
        steps.append(("settings", "Give the ethics reference and the data licence; the project cannot open without."))
    if not sum(progress.tasks.values()):
        steps.append(("imports", "Bring pictures."))
    if progress.rates["feasible"] < progress.rates["wanted"] and progress.rates["open_waiting"]:
        steps.append(("gold", "There is less gold in stock than wanted; import a pack or turn held answers into gold."))
    if suspected_text(project).exists():
        steps.append(("burned_in", "Look at pictures that may bear text; they wait for you."))
    if progress.flags:
        steps.append(("flags", f"{are(progress.flags, 'flag')} waiting: volunteers saw something wrong."))
    return steps
