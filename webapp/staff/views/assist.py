"""How the drawing help is doing: a row an engine process, as each of them told it last."""

from django.conf import settings
from django.http import HttpResponse

from inference.transport import figures
from webapp.staff.doors import StaffRequest, page, staff_page


@staff_page()
def assist(request: StaffRequest) -> HttpResponse:
    return page(request, "assist", engines=figures.of_all_processes(), segmenter=settings.SEGMENTER)
