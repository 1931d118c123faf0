"""Reads on projects for those who work here. Volunteers' pages read their few columns themselves (I1)."""

from django.db.models import QuerySet

from webapp.accounts.models import StaffMember
from webapp.projects.models import Exemplar, Label, Project


def projects_of(member: StaffMember) -> QuerySet[Project]:
    """The projects a staff member works on; administrators work on all."""
    projects = Project.objects.order_by("title")
    if member.role == StaffMember.Role.ADMIN:
        return projects
    return projects.filter(memberships__member=member)


def works_on(*, member: StaffMember, project: Project) -> bool:
    """Whether the project is among the staff member's."""
    return member.role == StaffMember.Role.ADMIN or project.memberships.filter(member=member).exists()


def by_slug(slug: str) -> Project | None:
    return Project.objects.filter(slug=slug).first()


def labels_of(project: Project) -> list[Label]:
    """The label set in its order."""
    return list(project.labels.all())


def exemplars_of(project: Project) -> list[Exemplar]:
    """Tutorial pictures in their order."""
    return list(project.exemplars.select_related("label"))
