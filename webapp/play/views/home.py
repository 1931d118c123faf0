"""The way in: which projects there are, what this is, and what happens to people's data."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from webapp.accounts.services import consent_text
from webapp.play import prose, selectors
from webapp.studies.selectors import open_studies


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    closed = [(project, prose.to_html(project.debrief)) for project in selectors.closed_projects()]
    return render(
        request,
        "play/home.html",
        {
            "projects": selectors.open_projects(),
            "studies": open_studies(),
            "closed": closed,
            "kind_words": selectors.KIND_WORDS,
        },
    )


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    return render(request, "play/about.html")


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "play/privacy.html", {"text": consent_text()})
