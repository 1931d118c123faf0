"""A project as volunteers meet it: the tutorial, the round, and how the round went."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from webapp.game.practice import has_practice
from webapp.play import prose, selectors
from webapp.play.people import player, player_required
from webapp.projects.models import Project

_ANY = UUID(int=0)  # stands for a round that the script will know


@require_safe
def tutorial(request: HttpRequest, slug: str) -> HttpResponse:
    project = selectors.visible_project(slug)
    context = {
        "guide": selectors.guide(project),
        "guideline": prose.to_html(project.guideline),
        "debrief": prose.to_html(project.debrief),
        "kind_word": selectors.KIND_WORDS[Project.Kind(project.kind)],
        "is_open": project.state == Project.State.OPEN,
        "has_practice": has_practice(project),
    }
    return render(request, "play/tutorial.html", context)


@require_safe
@ensure_csrf_cookie
@never_cache
@player_required
def play(request: HttpRequest, slug: str) -> HttpResponse:
    project = selectors.visible_project(slug)
    if project.state != Project.State.OPEN:
        raise Http404("This project is closed.")
    return _round_page(request, project, finished_round=None)


@require_safe
@ensure_csrf_cookie
@never_cache
@player_required
def practice(request: HttpRequest, slug: str) -> HttpResponse:
    """The same page on pictures whose answers are told at once; nothing of it is stored or counts."""
    project = selectors.visible_project(slug)
    if project.state != Project.State.OPEN or not has_practice(project):
        raise Http404("There is no practice room for this project.")
    return _round_page(request, project, finished_round=None, practice=True)


@require_safe
@ensure_csrf_cookie
@never_cache
@player_required
def round_summary(request: HttpRequest, round_id: UUID) -> HttpResponse:
    round_ = selectors.own_round(user=player(request), round_id=round_id)
    project = selectors.visible_project(Project.objects.only("slug").get(pk=round_.project_id).slug)
    return _round_page(request, project, finished_round=round_id)


def _round_page(
    request: HttpRequest, project: Project, finished_round: UUID | None, practice: bool = False
) -> HttpResponse:
    """The page that `frontend/src/play/main.tsx` fills; its `config` is all that the script is told."""
    config = {
        "slug": project.slug,
        "title": project.title,
        "kind": project.kind,
        "assist": project.assist and project.kind == Project.Kind.MASK and not practice,
        "owner": player(request).pseudonym,
        "isGuest": player(request).is_guest,
        "finishedRound": str(finished_round) if finished_round else None,
        "practice": practice,
        "urls": {
            "home": reverse("home"),
            "tutorial": reverse("tutorial", args=[project.slug]),
            "play": reverse("play", args=[project.slug]),
            "practice": reverse("practice", args=[project.slug]),
            "round": reverse("round-summary", args=[_ANY]).replace(str(_ANY), "ROUND"),
            "board": reverse("board", args=[project.slug]),
            "consent": reverse("consent"),
            "login": reverse("account_login"),
            "signup": reverse("account_signup"),
        },
    }
    context = {"config": config, "guide": selectors.guide(project), "guideline": prose.to_html(project.guideline)}
    return render(request, "play/round.html", context)
