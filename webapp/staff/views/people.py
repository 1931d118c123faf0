"""Who works here: administrators add people and say what each may do, and where."""

from collections.abc import Callable

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.debug import sensitive_post_parameters

from webapp.accounts.models import StaffMember
from webapp.accounts.services import create_staff, set_staff_password
from webapp.accounts.staffing import change_member
from webapp.projects.models import Project
from webapp.projects.staffing import set_projects
from webapp.staff.attempts import FormError, asked_for, attempt, said
from webapp.staff.doors import Role, StaffRequest, page, staff_page


@sensitive_post_parameters("password")
@staff_page(read=Role.ADMIN, write=Role.ADMIN)
def people(request: StaffRequest) -> HttpResponse:
    if request.method == "POST":
        with attempt(request):
            said(request, asked_for(request, ACTIONS)(request))
        return redirect("staff:people")
    members = StaffMember.objects.order_by("-is_active", "username").prefetch_related("memberships__project")
    rows = [(member, {m.project.slug for m in member.memberships.all()}) for member in members]
    return page(request, "people", rows=rows, roles=Role.choices, projects=Project.objects.order_by("title"))


def _member(request: StaffRequest) -> StaffMember:
    member = StaffMember.objects.filter(username=request.POST.get("username", "")).first()
    if member is None:
        raise FormError("There is nobody of that user name.")
    return member


def _add(request: StaffRequest) -> str:
    member = create_staff(
        by=request.staff,
        username=request.POST.get("username", ""),
        password=request.POST.get("password", ""),
        role=request.POST.get("role", ""),
    )
    return f"{member.username} may now work here as {member.role}."


def _change(request: StaffRequest) -> str:
    member = _member(request)
    change_member(
        by=request.staff,
        member=member,
        role=request.POST.get("role", ""),
        is_active="is_active" in request.POST,
    )
    set_projects(by=request.staff, member=member, slugs=request.POST.getlist("project"))
    return f"Saved what {member.username} may do."


def _password(request: StaffRequest) -> str:
    member = _member(request)
    set_staff_password(member=member, password=request.POST.get("password", ""))
    return f"{member.username} has a new password and has to log in again."


ACTIONS: dict[str, Callable[[StaffRequest], str]] = {"add": _add, "change": _change, "password": _password}
