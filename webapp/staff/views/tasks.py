"""The gallery: tasks to look through and to curate in bulk; pictures that are nearly the same."""

from collections.abc import Callable
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect

from quality.store import selectors as quality
from quality.store import services as store
from webapp.projects.models import Project
from webapp.projects.selectors import labels_of
from webapp.staff.attempts import are, asked_for, attempt, chosen, said
from webapp.staff.doors import Role, StaffRequest, page, staff_page
from webapp.tasks.models import Task

PAGE = 60
STATES = ("waiting", "open", "done", "blocked", "retired")


@staff_page(write=Role.MODERATOR)
def gallery(request: StaffRequest, project: Project) -> HttpResponse:
    if request.method == "POST":
        return _curate(request, project)
    wanted = wanted_of(request)
    offset = int(request.GET["from"]) if request.GET.get("from", "").isdecimal() else 0
    total = quality.count_tasks(project, wanted)
    query = request.GET.copy()
    query.pop("from", None)
    return page(
        request,
        "tasks",
        project=project,
        labels=labels_of(project),
        rows=quality.tasks(project, wanted, offset=offset, limit=PAGE),
        total=total,
        wanted=wanted,
        states=STATES,
        query=query.urlencode(),
        earlier=max(offset - PAGE, 0) if offset else None,
        later=offset + PAGE if offset + PAGE < total else None,
        first=min(offset + 1, total),
        last=min(offset + PAGE, total),
    )


def wanted_of(request: StaffRequest) -> quality.TaskFilter:
    """What the address asks for."""
    given = request.GET
    return quality.TaskFilter(
        state=given.get("state", ""),
        gold={"yes": True, "no": False}.get(given.get("gold", "")),
        label=given.get("label", ""),
        search=given.get("search", "").strip(),
        burned_in=given.get("burned_in") == "1",
    )


@staff_page()
def alike(request: StaffRequest, project: Project) -> HttpResponse:
    groups = quality.duplicates(project, limit=60)
    ids = [image.pk for group in groups for image in group]
    tasks: dict[object, list[Task]] = {}
    for task in Task.objects.filter(image__in=ids).select_related("label"):
        tasks.setdefault(task.image_id, []).append(task)
    shown = [[(image, tasks.get(image.pk, [])) for image in group] for group in groups]
    return page(request, "duplicates", project=project, groups=shown)


def _curate(request: StaffRequest, project: Project) -> HttpResponse:
    with attempt(request):
        said(request, asked_for(request, ACTIONS)(request, project))
    return redirect(request.get_full_path())


def _picked(request: StaffRequest, project: Project) -> list[UUID]:
    """What was ticked, or everything that the address asks for. Raises FormError where nothing was."""
    return quality.task_ids(project, wanted_of(request)) if request.POST.get("scope") == "all" else chosen(request)


def _retire(request: StaffRequest, project: Project) -> str:
    count = store.retire_tasks(by=request.staff, project=project, tasks=_picked(request, project))
    return f"{are(count, 'task')} retired: nobody is asked any more, and exports leave out what is retired."


def _gold(request: StaffRequest, project: Project) -> str:
    count = store.split_gold(by=request.staff, project=project, tasks=_picked(request, project))
    return f"{are(count, 'task')} gold now. Only tasks with a held answer that nobody has seen can become gold."


def _text(request: StaffRequest, project: Project, *, clear: bool) -> str:
    images = Task.objects.filter(project=project, pk__in=_picked(request, project)).values_list("image_id", flat=True)
    count = store.decide_text(by=request.staff, project=project, images=list(images), clear=clear)
    return f"{are(count, 'picture')} {'cleared' if clear else 'refused for good'}."


ACTIONS: dict[str, Callable[[StaffRequest, Project], str]] = {
    "retire": _retire,
    "gold": _gold,
    "clear_text": lambda request, project: _text(request, project, clear=True),
    "refuse_text": lambda request, project: _text(request, project, clear=False),
}
