"""Changes to people who work here that only administrators make."""

from django.db import transaction

from webapp.accounts.models import StaffMember, StaffToken
from webapp.accounts.services import Refused
from webapp.projects.models import Membership, Project

Role = StaffMember.Role


@transaction.atomic
def change_member(*, by: StaffMember, member: StaffMember, role: str, is_active: bool) -> None:
    """Give a member another role, or send them away: their sessions and keys are good for nothing then."""
    if by.role != Role.ADMIN:
        raise Refused("Only administrators may change what others may do.")
    if role not in Role.values:
        raise Refused(f"The role must be one of {', '.join(Role.values)}; it is {role!r}.")
    if member.pk == by.pk and (role != Role.ADMIN or not is_active):
        raise Refused("You cannot take your own rights away; another administrator can.")
    member.role, member.is_active = role, is_active
    member.save(update_fields=["role", "is_active"])
    if not is_active:
        StaffToken.objects.filter(member=member).delete()


@transaction.atomic
def set_projects(*, by: StaffMember, member: StaffMember, slugs: list[str]) -> None:
    """Which projects a member works on."""
    if by.role != Role.ADMIN:
        raise Refused("Only administrators may say who works on which project.")
    wanted = list(Project.objects.filter(slug__in=slugs))
    if missing := set(slugs) - {project.slug for project in wanted}:
        raise Refused(f"There is no project {min(missing)!r}.")
    Membership.objects.filter(member=member).exclude(project__in=wanted).delete()
    for project in wanted:
        Membership.objects.get_or_create(member=member, project=project)
