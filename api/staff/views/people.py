"""Who works here; for administrators."""

from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from api.staff.auth import member_of
from api.staff.endpoint import ADMINS, StaffEndpoint, body_of, endpoint, service
from api.staff.shapes import NewPersonIn, PersonIn, PersonOut
from webapp.accounts.models import StaffMember
from webapp.accounts.services import create_staff
from webapp.accounts.staffing import change_member
from webapp.projects.staffing import set_projects


class People(StaffEndpoint):
    roles = {"GET": ADMINS, "POST": ADMINS}

    @endpoint("people", responses={200: PersonOut(many=True)})
    def get(self, request: Request) -> Response:
        return Response(PersonOut(StaffMember.objects.order_by("username"), many=True).data)

    @endpoint("new_person", 400, request=NewPersonIn, responses={201: PersonOut})
    def post(self, request: Request) -> Response:
        values = body_of(NewPersonIn, request)
        with service():
            member = create_staff(by=member_of(request), **values)
        return Response(PersonOut(member).data, status=201)


class Person(StaffEndpoint):
    roles = {"PATCH": ADMINS}

    @endpoint("change_person", 400, 404, request=PersonIn, responses={200: PersonOut})
    def patch(self, request: Request, username: str) -> Response:
        member = StaffMember.objects.filter(username=username).first()
        if member is None:
            raise NotFound("There is nobody of that user name.")
        values = body_of(PersonIn, request)
        with service():
            change_member(
                by=member_of(request),
                member=member,
                role=values.get("role", member.role),
                is_active=values.get("is_active", member.is_active),
            )
            if "projects" in values:
                set_projects(by=member_of(request), member=member, slugs=values["projects"])
        return Response(PersonOut(member).data)
