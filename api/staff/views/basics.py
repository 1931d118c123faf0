"""Who one is and which projects one works on."""

from rest_framework.request import Request
from rest_framework.response import Response

from api.staff.auth import member_of
from api.staff.endpoint import StaffEndpoint, endpoint
from api.staff.shapes import StaffOut, StaffProjectOut
from webapp.projects.selectors import projects_of


class Me(StaffEndpoint):
    @endpoint("me", responses={200: StaffOut})
    def get(self, request: Request) -> Response:
        return Response(StaffOut(member_of(request)).data)


class Projects(StaffEndpoint):
    @endpoint("projects", responses={200: StaffProjectOut(many=True)})
    def get(self, request: Request) -> Response:
        return Response(StaffProjectOut(projects_of(member_of(request)), many=True).data)
