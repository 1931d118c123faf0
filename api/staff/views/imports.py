"""Imports: files that are sent, or (administrators) what lies on the server's disk; and how far they are."""

from pathlib import Path
from typing import Any

from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from api.staff.auth import member_of, own_project
from api.staff.endpoint import ADMINS, WRITERS, StaffEndpoint, body_of, endpoint, service
from api.staff.shapes import ImportIn, ImportJobOut, OrderIn, UploadIn
from quality.store.services import start_import
from webapp.images import uploads
from webapp.images.models import ImportJob
from webapp.images.services import BadFile
from webapp.projects.models import Project

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
        return _start(request, project, path, values)


class Upload(StaffEndpoint):
    roles = {"POST": WRITERS}
    parser_classes = [MultiPartParser]

    @endpoint("upload", 400, 404, request={"multipart/form-data": UploadIn}, responses={202: ImportJobOut})
    def post(self, request: Request, slug: str) -> Response:
        """Send files and have them imported; they are removed afterwards."""
        project = own_project(request, slug)
        values = body_of(UploadIn, request)
        order = OrderIn(data=values.get("order", {}))
        order.is_valid(raise_exception=True)
        with service(errors=(BadFile,)):
            folder = uploads.keep(values["files"])
        try:
            return _start(request, project, uploads.source_of(folder), order.validated_data)
        except BaseException:
            uploads.drop(folder)
            raise


def _start(request: Request, project: Project, path: Path, order: dict[str, Any]) -> Response:
    options = {"pack": True} if order.get("pack") else dict(order.get("options", {}))
    if order.get("gold") and not order.get("pack"):
        options["gold"] = dict(order["gold"])
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
