"""Teams: the board of all, and the way into one's own and out of it, as on the pages."""

from dataclasses import asdict
from typing import ClassVar

from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from api.play.auth import player
from api.play.docs import done, endpoint
from api.play.shapes import OwnTeamOut, TeamCodeIn, TeamQuery, TeamsOut
from api.play.views.playing import Playing
from webapp.accounts.limits import TEAM
from webapp.accounts.models import User
from webapp.game import teams


class Teams(Playing):
    limits: ClassVar = {"POST": TEAM}

    @endpoint(
        "teams",
        400,
        401,
        403,
        parameters=[TeamQuery],
        responses={200: TeamsOut},
        description="The best teams, and one's own wherever it stands. Refreshed in batches; generated names only.",
    )
    def get(self, request: Request) -> Response:
        query = TeamQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        span = query.validated_data["span"]
        places = teams.team_board(viewer=player(request), week=span == "week")
        return Response({"span": span, "places": [asdict(place) for place in places]})

    @endpoint(
        "found_team",
        400,
        401,
        403,
        responses={201: OwnTeamOut},
        description="Found a team with a generated name and be in it. Refused to who is in one.",
    )
    def post(self, request: Request) -> Response:
        try:
            teams.create_team(by=player(request))
        except teams.TeamError as error:
            raise ValidationError(str(error)) from None
        return Response(_own(player(request)), status=201)


class MyTeam(Playing):
    limits: ClassVar = {"PUT": TEAM, "DELETE": TEAM}

    @endpoint("my_team", 401, 403, 404, responses={200: OwnTeamOut}, description="One's own team, with its code.")
    def get(self, request: Request) -> Response:
        return Response(_own(player(request)))

    @endpoint(
        "join_team",
        400,
        401,
        403,
        request=TeamCodeIn,
        responses={200: OwnTeamOut},
        description="Into the team of this code. Refused to who is in one, and where there is no place.",
    )
    def put(self, request: Request) -> Response:
        form = TeamCodeIn(data=request.data)
        form.is_valid(raise_exception=True)
        try:
            teams.join_team(by=player(request), code=form.validated_data["code"])
        except teams.TeamError as error:
            raise ValidationError(str(error)) from None
        return Response(_own(player(request)))

    @endpoint("leave_team", 401, 403, responses={204: done("In no team; also if one was in none.")})
    def delete(self, request: Request) -> Response:
        teams.leave_team(by=player(request))
        return Response(status=204)


def _own(user: User) -> dict[str, object]:
    """The shape `OwnTeamOut`."""
    found = teams.own_team(user)
    if found is None:
        raise NotFound("You are in no team.")
    return asdict(found)
