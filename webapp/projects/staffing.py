"""Which projects somebody works on, seen from the person; from the project: `services.set_members`."""

from collections.abc import Collection

from django.db import transaction

from webapp.accounts.models import StaffMember
from webapp.projects.models import Membership, Project
from webapp.projects.services import ProjectError


@transaction.atomic
def set_projects(*, by: StaffMember, member: StaffMember, slugs: Collection[str]) -> None:
    """The projects that a member works on from now on. Raises ProjectError."""
    if by.role != StaffMember.Role.ADMIN:
        raise ProjectError("Only administrators may say who works on which project.")
    wanted = list(Project.objects.filter(slug__in=slugs))
    if missing := set(slugs) - {project.slug for project in wanted}:
        raise ProjectError(f"There is no project {min(missing)!r}.")
    Membership.objects.filter(member=member).exclude(project__in=wanted).delete()
    for project in wanted:
        Membership.objects.get_or_create(member=member, project=project)
