"""Who one is."""

from rest_framework.request import Request
from rest_framework.response import Response

from api.staff.auth import member_of
from api.staff.endpoint import StaffEndpoint, endpoint
from api.staff.shapes import StaffOut


class Me(StaffEndpoint):
    @endpoint("me", responses={200: StaffOut})
    def get(self, request: Request) -> Response:
        return Response(StaffOut(member_of(request)).data)
