"""A person's own page: what they did, what they may take along, and how they leave."""

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from webapp.accounts.data import my_data
from webapp.accounts.limits import DATA
from webapp.accounts.services import request_deletion, show_on_boards
from webapp.game.figures import level_of
from webapp.game.progress import days_of_week, progress_of
from webapp.game.selectors import standings_of
from webapp.game.teams import own_team
from webapp.play.charts import SMALL, chart
from webapp.play.people import limited, player, player_required

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@require_safe
@player_required
def me(request: HttpRequest) -> HttpResponse:
    standings = standings_of(player(request))
    points = sum(standing["points"] for standing in standings)
    level = level_of(points)
    context = {
        "standings": standings,
        "points": points,
        "rounds": sum(standing["rounds"] for standing in standings),
        "streak_weeks": max((standing["streak_weeks"] for standing in standings), default=0),
        "level": level,
        "next_level": _start_of(level + 1),
        "level_width": _start_of(level + 1) - _start_of(level),
        "level_points": points - _start_of(level),
        "days": list(zip(DAYS, days_of_week(player(request), now=timezone.now()), strict=True)),
        "team": own_team(player(request)),
        "badges": list({badge["key"]: badge for standing in standings for badge in standing["badges"]}.values()),
    }
    return render(request, "play/me.html", context)


@require_safe
@player_required
def progress(request: HttpRequest) -> HttpResponse:
    """One's own course in each project, from figures that were told before and nothing else (I4)."""
    found = progress_of(player(request), now=timezone.now())
    projects = [
        (project, chart(project.overall.points), [(kind, chart(kind.points, SMALL)) for kind in project.kinds])
        for project in found
    ]
    return render(request, "play/progress.html", {"projects": projects})


def _start_of(level: int) -> int:
    """Points at which a level begins: the reverse of `webapp.game.figures.level_of`."""
    return 50 * level * (level - 1)


@require_safe
@player_required
@limited(DATA, "GET")
def data(request: HttpRequest) -> HttpResponse:
    response = JsonResponse(my_data(player(request)), json_dumps_params={"indent": 2})
    response["Content-Disposition"] = 'attachment; filename="goldvein-my-data.json"'
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@player_required
def on_boards(request: HttpRequest) -> HttpResponse:
    shown = request.POST.get("shown") == "yes"
    show_on_boards(by=player(request), shown=shown)
    messages.success(request, "You are on the leaderboards." if shown else "You no longer appear on leaderboards.")
    return HttpResponseRedirect(reverse("me"))


@require_http_methods(["GET", "HEAD", "POST"])
@player_required
def leave(request: HttpRequest) -> HttpResponse:
    choice = request.POST.get("answers")
    if request.method == "POST" and choice in {"keep", "remove"}:
        request_deletion(by=player(request), keep_answers=choice == "keep")
        logout(request)
        return HttpResponseRedirect(reverse("goodbye"))
    return render(request, "play/leave.html", {"missing": request.method == "POST"})


@require_safe
def goodbye(request: HttpRequest) -> HttpResponse:
    return render(request, "play/goodbye.html")
