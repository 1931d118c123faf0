"""The last leak audit: could anybody have told gold from open tasks?"""

from django.http import HttpResponse

from quality.audit.selectors import reports
from webapp.projects.models import Project
from webapp.staff.doors import StaffRequest, page, staff_page


@staff_page()
def audits(request: StaffRequest, project: Project) -> HttpResponse:
    kept = reports(project)
    return page(request, "audits", project=project, last=kept[0] if kept else None, earlier=kept[1:])
