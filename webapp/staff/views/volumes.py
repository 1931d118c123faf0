"""What a moderator should look at between the slices of volumes."""

from django.http import HttpResponse

from quality.store.selectors.volumes import volume_findings
from webapp.projects.models import Project
from webapp.projects.selectors import labels_of
from webapp.staff.doors import StaffRequest, page, staff_page


@staff_page()
def volumes(request: StaffRequest, project: Project) -> HttpResponse:
    shown = volume_findings(project)
    return page(request, "volumes", project=project, labels=labels_of(project), shown=shown, found=shown.figures)
