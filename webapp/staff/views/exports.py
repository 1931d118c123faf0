"""Data sets on their way out."""

from pathlib import Path

from django.conf import settings
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect

from webapp.exports.models import ExportJob
from webapp.exports.repairs import REPAIRS
from webapp.exports.services import start_export
from webapp.exports.writers import WRITERS
from webapp.projects.models import Project
from webapp.staff.attempts import attempt, said
from webapp.staff.doors import Role, StaffRequest, page, staff_page

SHOWN = 30


@staff_page(write=Role.RESEARCHER)
def exports(request: StaffRequest, project: Project) -> HttpResponse:
    if request.method == "POST":
        with attempt(request):
            start_export(
                by=request.staff,
                project=project,
                format=request.POST.get("format", ""),
                include_gold="include_gold" in request.POST,
                repairs=request.POST.getlist("repair"),
            )
            said(request, "The export is under way; its file appears below.")
        return redirect("staff:exports", slug=project.slug)
    formats = [(key, writer.title) for key, writer in WRITERS.items() if project.kind in writer.kinds]
    jobs = project.export_jobs.select_related("by").order_by("-pk")[:SHOWN]
    volumes = project.kind == Project.Kind.MASK and project.volumes.exists()
    return page(
        request, "exports", project=project, formats=formats, jobs=jobs, repairs=REPAIRS.items() if volumes else ()
    )


@staff_page()
def download(request: StaffRequest, project: Project, job_id: int) -> HttpResponseBase:
    path = file_of(project, job_id)
    return FileResponse(open(path, "rb"), as_attachment=True, filename=path.name)


def file_of(project: Project, job_id: int) -> Path:
    """The file of a finished export of this project. Raises Http404."""
    job = ExportJob.objects.filter(project=project, pk=job_id, state=ExportJob.State.DONE).first()
    if job is None or not (settings.EXPORTS / job.file).is_file():
        raise Http404("There is no file of this export; start another one.")
    return Path(settings.EXPORTS / job.file)
