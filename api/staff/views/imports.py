"""Imports from the server's disk (administrators), and how far they are. Files are sent over the staff pages."""

from pathlib import Path

from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from api.staff.auth import member_of, own_project
from api.staff.endpoint import ADMINS, WRITERS, StaffEndpoint, body_of, endpoint, service
from api.staff.shapes import ImportIn, ImportJobOut
from quality.store.services import start_import
from webapp.images.models import ImportJob

SHOWN = 50


class Imports(StaffEndpoint):
    roles = {"GET": WRITERS, "POST": ADMINS}

    @endpoint("imports", 404, responses={200: ImportJobOut(many=True)})
    def get(self, request: Request, slug: str) -> Response:
        jobs = own_project(request, slug).import_jobs.order_by("-pk")[:SHOWN]
        return Response(ImportJobOut(jobs, many=True).data)

    @endpoint("start_import", 400, 404, request=ImportIn, responses={202: ImportJobOut})
    def post(self, request: Request, slug: str) -> Response:
        project = own_project(request, slug)
        values = body_of(ImportIn, request)
        path = Path(values["path"])
        if not path.is_absolute() or not path.exists():
            raise ValidationError("path: Expected the full path of something on the server; there is nothing.")
        options = {"pack": True} if values.get("pack") else dict(values.get("options", {}))
        if values.get("gold") and not values.get("pack"):
            options["gold"] = dict(values["gold"])
        with service(errors=(ValueError,)):
            job = start_import(by=member_of(request), project=project, path=path, options=options)
        return Response(ImportJobOut(job).data, status=202)


class Import(StaffEndpoint):
    roles = {"GET": WRITERS}

    @endpoint("import", 404, responses={200: ImportJobOut})
    def get(self, request: Request, slug: str, job_id: int) -> Response:
        job = ImportJob.objects.filter(project=own_project(request, slug), pk=job_id).first()
        if job is None:
            raise NotFound("There is no such import in this project.")
        return Response(ImportJobOut(job).data)
