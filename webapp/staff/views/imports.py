"""Bringing pictures: files or a folder of the server, with progress and a report."""

from pathlib import Path
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect

from quality.store.selectors import project_progress
from quality.store.services import start_import
from webapp.images import uploads
from webapp.images.models import ImportJob
from webapp.images.options import AXES
from webapp.images.windows import PRESETS
from webapp.projects.models import Project
from webapp.staff.attempts import FormError, attempt, number_of, whole_of
from webapp.staff.doors import Role, StaffRequest, may, page, staff_page

SHOWN = 20


@staff_page(read=Role.MODERATOR, write=Role.MODERATOR)
def imports(request: StaffRequest, project: Project) -> HttpResponse:
    if request.method == "POST":
        with attempt(request):
            job = start(request, project, options_of(request))
            return redirect("staff:import", slug=project.slug, job_id=job.pk)
        return redirect("staff:imports", slug=project.slug)
    return page(
        request,
        "imports",
        project=project,
        jobs=project.import_jobs.order_by("-pk")[:SHOWN],
        rates=project_progress(project).rates,
        windows=PRESETS,
        axes=AXES,
    )


@staff_page(read=Role.MODERATOR)
def job(request: StaffRequest, project: Project, job_id: int) -> HttpResponse:
    found = ImportJob.objects.filter(project=project, pk=job_id).first()
    if found is None:
        raise Http404("There is no such import in this project.")
    return page(request, "import", project=project, job=found)


def start(request: StaffRequest, project: Project, options: dict[str, Any]) -> ImportJob:
    """An import of the files sent, or (administrators) of a folder on the server. Raises FormError."""
    folder = request.POST.get("folder", "").strip()
    if folder:
        if not may(request.staff, Role.ADMIN):
            raise FormError("Only administrators may import from folders of the server.")
        if not Path(folder).is_absolute() or not Path(folder).exists():
            raise FormError(f"Expected the full path of something on the server; there is nothing at {folder[:200]!r}.")
        source = Path(folder)
    else:
        source = uploads.source_of(uploads.keep(request.FILES.getlist("files")))
    try:
        return start_import(by=request.staff, project=project, path=source, options=options)
    except ValueError as error:
        if not folder:
            uploads.drop(source if source.is_dir() else source.parent)
        raise FormError(str(error)) from None


def _names_of(text: str) -> dict[str, str]:
    """What label files call a label -> its key, from lines such as `1 = liver`. Raises FormError."""
    names = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        word, equals, key = (part.strip() for part in line.partition("="))
        if not (word and equals and key):
            raise FormError(f"Expected lines such as '1 = liver' for what files call a label; got {line[:40]!r}.")
        names[word] = key
    return names


def options_of(request: StaffRequest) -> dict[str, Any]:
    """Import options from the form; what was left empty keeps its default."""
    given = request.POST
    options: dict[str, Any] = {name: name in given for name in ("labels", "skip_empty", "check_text", "crops")}
    for name in ("window", "axis", "group", "label_folder"):
        if given.get(name, "").strip():
            options[name] = given[name].strip()
    for name, what in (
        ("slice_start", "the first slice"),
        ("slice_stop", "the last slice"),
        ("slice_step", "the step"),
    ):
        if given.get(name, "").strip():
            options[name] = whole_of(request, name, what)
    for name in ("include", "exclude"):
        patterns = [pattern.strip() for pattern in given.get(name, "").split(",") if pattern.strip()]
        if patterns:
            options[name] = patterns
    if names := _names_of(given.get("label_names", "")):
        options["label_names"] = names
    if given.get("gold_share", "").strip():
        share = number_of(request, "gold_share", "the share of gold") / 100
        options["gold"] = {"share": share, "by_group": "gold_by_group" in given}
    return options
