"""Teams: play under one name with others. Names are generated, as people's are, so there is nothing to be rude with."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from webapp.accounts.limits import TEAM
from webapp.game import teams
from webapp.play import selectors
from webapp.play.people import is_player, limited, player, player_required


@require_safe
def board(request: HttpRequest) -> HttpResponse:
    week = request.GET.get("span") != "all"
    viewer = player(request) if is_player(request) else None
    context = {
        "span": "week" if week else "all",
        "places": teams.team_board(viewer=viewer, week=week),
        "own": teams.own_team(viewer) if viewer else None,
        "projects": selectors.open_projects(),
    }
    return render(request, "play/teams.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@player_required
@limited(TEAM, "POST")
def own(request: HttpRequest) -> HttpResponse:
    """One's own team, or the ways into one. `?code=` fills the form, for links that members send."""
    if request.method == "POST":
        try:
            messages.success(request, _change(request))
        except teams.TeamError as error:
            messages.error(request, str(error))
        return HttpResponseRedirect(reverse("team"))
    found = teams.own_team(player(request))
    link = request.build_absolute_uri(f"{reverse('team')}?code={found.code}") if found else ""
    context = {"own": found, "link": link, "code": request.GET.get("code", "")[:20], "most": teams.MOST_MEMBERS}
    return render(request, "play/team.html", context)


def _change(request: HttpRequest) -> str:
    who, action = player(request), request.POST.get("action")
    if action == "create":
        return f"{teams.create_team(by=who).name} is founded. Send the code to those you want in it."
    if action == "join":
        return f"Welcome to {teams.join_team(by=who, code=request.POST.get('code', '')).name}!"
    if action == "leave":
        teams.leave_team(by=who)
        return "You have left the team. Everything you did stays yours."
    raise teams.TeamError("This form is not known here; please reload the page and try again.")
