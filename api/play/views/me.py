"""One's own rounds, standing and data, and the way out. Nobody else's (I7)."""

from dataclasses import asdict
from typing import ClassVar
from uuid import UUID

from django.contrib.auth import logout
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from rest_framework.exceptions import NotFound
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from api.common.endpoint import Endpoint
from api.play.auth import AUTHENTICATION, PLAYER, player
from api.play.docs import done, endpoint
from api.play.shapes import BoardQuery, LeaderboardOut, LeaveQuery, MeIn, MeOut, RoundOut
from api.play.views.joining import annotator
from api.play.views.projects import project_or_404
from webapp.accounts import services
from webapp.accounts.data import my_data
from webapp.accounts.limits import DATA
from webapp.game import selectors


class Round(Endpoint):
    authentication_classes = AUTHENTICATION
    permission_classes = PLAYER

    @endpoint("round", 401, 403, 404, responses={200: RoundOut}, description="One's own round.")
    def get(self, request: Request, round_id: UUID) -> Response:
        found = selectors.shown_round(viewer=player(request), round_id=round_id, now=timezone.now())
        if found is None:
            raise NotFound("There is no such round among yours.")
        return Response(asdict(found))


class Leaderboard(Endpoint):
    authentication_classes = AUTHENTICATION
    permission_classes = PLAYER

    @endpoint(
        "leaderboard",
        400,
        401,
        403,
        404,
        parameters=[BoardQuery],
        responses={200: LeaderboardOut},
        description="The best, and those near one's own place. Refreshed in batches; generated names only.",
    )
    def get(self, request: Request) -> Response:
        query = BoardQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        slug, span = query.validated_data.get("project"), query.validated_data["span"]
        project_id = project_or_404(slug).pk if slug else None
        board = selectors.leaderboard(viewer=player(request), project_id=project_id, span=span)
        return Response({"project": slug, "span": span, **asdict(board)})


class Me(Endpoint):
    authentication_classes = AUTHENTICATION
    permission_classes = [IsAuthenticated]  # also for who does not agree to a new consent text and wants to leave

    @endpoint("me", 401, responses={200: MeOut})
    def get(self, request: Request) -> Response:
        return Response(self._shown(request))

    @endpoint("change_me", 400, 401, 403, request=MeIn, responses={200: MeOut})
    def patch(self, request: Request) -> Response:
        form = MeIn(data=request.data)
        form.is_valid(raise_exception=True)
        services.show_on_boards(by=player(request), shown=form.validated_data["on_boards"])
        return Response(self._shown(request))

    @endpoint(
        "leave",
        400,
        401,
        403,
        parameters=[LeaveQuery],
        responses={202: done("Asked for; a worker does the rest. Keys and sessions ended at once.")},
        description="Be deleted.",
    )
    def delete(self, request: Request) -> Response:
        query = LeaveQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        services.request_deletion(by=player(request), keep_answers=query.validated_data["keep_answers"])
        logout(request._request)
        return Response(status=202)

    def _shown(self, request: Request) -> dict[str, object]:
        user = player(request)
        own = {"email": user.email, "joined_at": user.joined_at, "standings": selectors.standings_of(user)}
        return {**annotator(user), **own, "look_backs": selectors.look_backs_of(user, now=timezone.now())}


class MyData(Endpoint):
    authentication_classes = AUTHENTICATION
    permission_classes = [IsAuthenticated]
    limits: ClassVar = {"GET": DATA}

    @endpoint(
        "my_data",
        401,
        responses={200: OpenApiTypes.OBJECT},
        description="Everything the site stores about the person, to keep.",
    )
    def get(self, request: Request) -> Response:
        headers = {"Content-Disposition": 'attachment; filename="goldvein-my-data.json"'}
        return Response(my_data(player(request)), headers=headers)
