"""Exports: started, followed, fetched."""

from django.conf import settings
from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from api.staff.auth import member_of, own_project
from api.staff.endpoint import StaffEndpoint, body_of, endpoint, service
from api.staff.shapes import ExportIn, ExportJobOut
from webapp.exports.models import ExportJob
from webapp.exports.services import start_export

SHOWN = 50


class Exports(StaffEndpoint):
    @endpoint("exports", 404, responses={200: ExportJobOut(many=True)})
    def get(self, request: Request, slug: str) -> Response:
        jobs = own_project(request, slug).export_jobs.order_by("-pk")[:SHOWN]
        return Response(ExportJobOut(jobs, many=True).data)

    @endpoint("start_export", 400, 404, request=ExportIn, responses={202: ExportJobOut})
    def post(self, request: Request, slug: str) -> Response:
        project = own_project(request, slug)
        values = body_of(ExportIn, request)
        with service():
            job = start_export(by=member_of(request), project=project, **values)
        return Response(ExportJobOut(job).data, status=202)


class Export(StaffEndpoint):
    @endpoint("export", 404, responses={200: ExportJobOut})
    def get(self, request: Request, slug: str, job_id: int) -> Response:
        return Response(ExportJobOut(_job(request, slug, job_id)).data)


class ExportFile(StaffEndpoint):
    @endpoint("export_file", 404, responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def get(self, request: Request, slug: str, job_id: int) -> FileResponse:
        job = _job(request, slug, job_id)
        if job.state != ExportJob.State.DONE or not (settings.EXPORTS / job.file).is_file():
            raise NotFound("There is no file of this export yet, or no longer.")
        return FileResponse(open(settings.EXPORTS / job.file, "rb"), as_attachment=True, filename=job.file)


def _job(request: Request, slug: str, job_id: int) -> ExportJob:
    job = ExportJob.objects.filter(project=own_project(request, slug), pk=job_id).first()
    if job is None:
        raise NotFound("There is no such export in this project.")
    return job
