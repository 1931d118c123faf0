"""Leaderboards: everybody's place near one's own, this week or of all time, by made-up names alone."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from webapp.game.selectors import Span, leaderboard
from webapp.play import selectors
from webapp.projects.models import Project


@require_safe
def boards(request: HttpRequest) -> HttpResponse:
    """All projects together."""
    return _page(request, project=None)


@require_safe
def board(request: HttpRequest, slug: str) -> HttpResponse:
    return _page(request, project=selectors.visible_project(slug))


def _page(request: HttpRequest, project: Project | None) -> HttpResponse:
    span: Span = "all" if request.GET.get("span") == "all" else "week"
    found = leaderboard(
        viewer=request.user if request.user.is_authenticated else None,
        project_id=project.pk if project else None,
        span=span,
    )
    context = {
        "project": project,
        "projects": selectors.open_projects(),
        "span": span,
        "board": found,
        "shows_near": any(place not in found.top for place in found.near),
    }
    return render(request, "play/board.html", context)
