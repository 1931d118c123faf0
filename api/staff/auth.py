"""Which staff member is asking: the session of the staff pages or an API key, and what their role allows."""

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.exceptions import NotFound
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from api.common.auth import PageSession, TokenHeader
from webapp.accounts.models import StaffMember, User
from webapp.accounts.staff import current_staff, staff_of_token
from webapp.projects.models import Project
from webapp.projects.selectors import by_slug, works_on

Role = StaffMember.Role


class StaffTokenAuth(TokenHeader):
    """The header `Authorization: Token KEY`; `request.auth` is the StaffMember."""

    def owner(self, key: str) -> tuple[User, StaffMember] | None:
        member = staff_of_token(key)
        return (member.user, member) if member else None


class StaffSessionAuth(PageSession):
    """The session of the staff pages, with its CSRF token; `request.auth` is the StaffMember."""

    def authenticate(self, request: Request) -> tuple[User, StaffMember] | None:
        member = current_staff(request._request)
        if member is None:
            return None
        self.enforce_csrf(request)
        return member.user, member


AUTHENTICATION = [StaffTokenAuth, StaffSessionAuth]


class IsStaff(BasePermission):
    """Anybody who works here, of one of the view's `roles` (method -> roles; missing = all roles)."""

    message = "Your role does not allow this."

    def has_permission(self, request: Request, view: APIView) -> bool:
        if not isinstance(request.auth, StaffMember):
            return False
        return request.auth.role in getattr(view, "roles", {}).get(request.method, Role.values)


def member_of(request: Request) -> StaffMember:
    """Who is asking; for endpoints that only staff reach."""
    assert isinstance(request.auth, StaffMember)
    return request.auth


def own_project(request: Request, slug: str) -> Project:
    """The project, if the staff member works on it; otherwise it does not exist for them (404)."""
    project = by_slug(slug)
    if project is None or not works_on(member=member_of(request), project=project):
        raise NotFound(f"There is no project {slug!r} among yours.")
    return project


class StaffTokenScheme(OpenApiAuthenticationExtension):
    target_class = StaffTokenAuth
    name = "staffToken"

    def get_security_definition(self, auto_schema):
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Token KEY`, with a key of the staff member.",
        }


class StaffSessionScheme(OpenApiAuthenticationExtension):
    target_class = StaffSessionAuth
    name = "staffSession"

    def get_security_definition(self, auto_schema):
        return {"type": "apiKey", "in": "cookie", "name": "goldvein_staff"}
