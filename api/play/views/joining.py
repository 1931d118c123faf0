"""The way in."""

from rest_framework.exceptions import ValidationError
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from api.common.endpoint import Endpoint
from api.play.auth import AUTHENTICATION, PlaySession, player
from api.play.docs import endpoint
from api.play.shapes import JoinIn, JoinOut
from webapp.accounts import services
from webapp.accounts.limits import JOIN
from webapp.accounts.models import User
from webapp.accounts.sessions import start_play_session


def annotator(user: User) -> dict[str, object]:
    """The shape `AnnotatorOut`."""
    return {"pseudonym": user.pseudonym, "is_guest": user.is_guest, "on_boards": user.on_boards}


class Join(Endpoint):
    authentication_classes = AUTHENTICATION
    permission_classes = [AllowAny]
    limits = {"POST": JOIN}

    @endpoint(
        "join",
        400,
        401,
        403,
        request=JoinIn,
        responses={201: JoinOut},
        auth=[],
        description="Agree to the consent text and play as a guest. Who is known already agrees to today's text and "
        "gets another key. A page that sends its CSRF token is logged in as well.",
    )
    def post(self, request: Request) -> Response:
        form = JoinIn(data=request.data)
        form.is_valid(raise_exception=True)
        if not form.validated_data["consent"]:
            raise ValidationError({"consent": "Nobody can play without agreeing to the consent text."})
        version = form.validated_data.get("consent_version", services.consent_text().version)
        try:
            user, token = self._person(request, version)
        except services.Refused as refusal:
            raise ValidationError({"consent_version": str(refusal)}) from None
        return Response({"token": token, "annotator": annotator(user)}, status=201)

    def _person(self, request: Request, version: str) -> tuple[User, str]:
        if request.user is not None:
            known = player(request)
            services.agree(by=known, consent_version=version)
            return known, services.new_token(by=known)
        user, token = services.join_guest(consent_version=version)
        if "X-CSRFToken" in request.headers:
            PlaySession().enforce_csrf(request)
            start_play_session(request._request, user)
        return user, token
