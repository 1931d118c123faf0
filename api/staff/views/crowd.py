"""The crowd, by pseudonym."""

from uuid import UUID

from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from api.staff.auth import own_project
from api.staff.endpoint import StaffEndpoint, endpoint
from api.staff.shapes import CrowdMemberOut
from quality.store import selectors as quality


class Annotators(StaffEndpoint):
    @endpoint("annotators", 404, responses={200: CrowdMemberOut(many=True)})
    def get(self, request: Request, slug: str) -> Response:
        return Response(CrowdMemberOut(quality.annotators(own_project(request, slug)), many=True).data)


class Annotator(StaffEndpoint):
    @endpoint("annotator", 404, responses={200: CrowdMemberOut})
    def get(self, request: Request, slug: str, annotator_id: UUID) -> Response:
        person = quality.annotator(own_project(request, slug), annotator_id)
        if person is None:
            raise NotFound("Nobody of that number has answered in this project.")
        return Response(CrowdMemberOut(person).data)
