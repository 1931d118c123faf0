"""What can be played."""

from typing import Any

from rest_framework.exceptions import NotFound
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from api.common.endpoint import Endpoint
from api.play import selectors
from api.play.docs import endpoint
from api.play.shapes import ProjectDetailOut, ProjectOut
from webapp.projects.models import Project


def no_such_project(slug: str) -> NotFound:
    return NotFound(f"There is no open project {slug!r}.")


def project_or_404(slug: str) -> Project:
    project = selectors.project(slug)
    if project is None:
        raise no_such_project(slug)
    return project


class Projects(Endpoint):
    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]

    @endpoint("projects", responses={200: ProjectOut(many=True)}, auth=[], description="The open projects.")
    def get(self, request: Request) -> Response:
        return Response(selectors.open_projects())


class ProjectDetail(Endpoint):
    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]

    @endpoint(
        "project", 404, responses={200: ProjectDetailOut}, auth=[], description="One open project with its guideline."
    )
    def get(self, request: Request, slug: str) -> Response:
        return Response(selectors.project_detail(project_or_404(slug)))
