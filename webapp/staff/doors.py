"""Who may come in where: each page says the lowest role that may read it and the lowest that may change things."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from webapp.accounts.models import StaffMember
from webapp.accounts.staff import current_staff
from webapp.projects.models import Project
from webapp.projects.selectors import by_slug, works_on

Role = StaffMember.Role
RANKS = {Role.RESEARCHER: 0, Role.MODERATOR: 1, Role.ADMIN: 2}


class StaffRequest(HttpRequest):
    """A request of somebody who works here."""

    staff: StaffMember


View = Callable[..., HttpResponseBase]


def may(member: StaffMember, role: str) -> bool:
    """Whether a member has that role or a higher one."""
    return RANKS[Role(member.role)] >= RANKS[Role(role)]


def staff_page(*, read: str | None = Role.RESEARCHER, write: str | None = None) -> Callable[[View], View]:
    """A page for GET by `read` and upwards, POST by `write` and upwards; None: there is no such method.

    A page whose address names a project gets the `project`, if the member works on it; otherwise it does not exist.
    """

    def wrap(view: View) -> View:
        @never_cache
        @wraps(view)
        def guarded(request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            member = current_staff(request)
            if member is None:
                return redirect(f"{reverse('staff:login')}?{urlencode({'next': request.get_full_path()})}")
            request.staff = member
            needed = {"GET": read, "HEAD": read, "POST": write}.get(request.method or "")
            try:
                if "slug" in kwargs:
                    kwargs["project"] = own_project(member, kwargs.pop("slug"))
                if needed is None:
                    return HttpResponseNotAllowed([name for name, role in (("GET", read), ("POST", write)) if role])
                if not may(member, needed):
                    return refusal(request, 403, "Your role does not allow this. Ask an administrator if it should.")
                return view(request, *args, **kwargs)
            except Http404 as missing:
                return refusal(request, 404, str(missing) or "There is nothing at this address.")

        guarded.read, guarded.write = read, write  # type: ignore[attr-defined]  # for the test of all permissions
        return guarded

    return wrap


def own_project(member: StaffMember, slug: str) -> Project:
    """The project, if the member works on it. Raises Http404."""
    project = by_slug(slug)
    if project is None or not works_on(member=member, project=project):
        raise Http404(f"There is no project {slug!r} among yours.")
    return project


def refusal(request: StaffRequest, status: int, sentence: str) -> HttpResponse:
    return page(request, "error", status=status, sentence=sentence)


def page(request: StaffRequest, name: str, *, status: int = 200, **context: Any) -> HttpResponse:
    """Render a page with what all of them show: who is logged in and what they may do."""
    member = request.staff
    context |= {"member": member, "may_write": may(member, Role.MODERATOR), "is_admin": may(member, Role.ADMIN)}
    return render(request, f"staff/{name}.html", context, status=status)
