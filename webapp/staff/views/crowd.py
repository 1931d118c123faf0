"""The crowd, by pseudonym: how much people answered and how far they are trusted."""

from uuid import UUID

from django.http import Http404, HttpResponse

from quality.store import selectors as quality
from webapp.projects.models import Project
from webapp.staff.doors import StaffRequest, page, staff_page

ORDERS = {
    "answers": ("Most answers", lambda person: -person.answers),
    "high": ("Most reliable", lambda person: -(person.mean if person.mean is not None else -1)),
    "low": ("Least reliable", lambda person: person.mean if person.mean is not None else 2),
    "unsure": ("Least known", lambda person: (person.low or 0) - (person.high or 1)),
}


@staff_page()
def annotators(request: StaffRequest, project: Project) -> HttpResponse:
    order = request.GET.get("order", "answers")
    order = order if order in ORDERS else "answers"
    people = sorted(quality.annotators(project), key=ORDERS[order][1])
    orders = [(key, name) for key, (name, _) in ORDERS.items()]
    return page(request, "annotators", project=project, people=people, order=order, orders=orders)


@staff_page()
def annotator(request: StaffRequest, project: Project, annotator_id: UUID) -> HttpResponse:
    person = quality.annotator(project, annotator_id)
    if person is None:
        raise Http404("Nobody of that number has answered in this project.")
    return page(request, "annotator", project=project, person=person)
