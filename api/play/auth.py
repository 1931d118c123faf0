"""Who is playing: an API key, or the session of a page (with its CSRF token for everything that changes something)."""

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.views import APIView

from api.common.auth import PageSession, TokenHeader
from webapp.accounts import tokens
from webapp.accounts.models import User


class PlayToken(TokenHeader):
    def owner(self, key: str) -> tuple[User, str] | None:
        digest = tokens.digest(key)
        found = tokens.owner(digest)
        return (found, digest) if found else None


class PlaySession(PageSession):
    """The session of the volunteers' pages, never that of staff (`webapp.accounts.sessions`)."""


AUTHENTICATION = [PlayToken, PlaySession]


def player(request: Request) -> User:
    """Who is asking; for endpoints that only known people reach."""
    assert isinstance(request.user, User)
    return request.user


class HasConsented(BasePermission):
    """People who agreed to the consent text of today."""

    message = "Please read the consent text and agree to it first."

    def has_permission(self, request: Request, view: APIView) -> bool:
        return player(request).has_consented


PLAYER = [IsAuthenticated, HasConsented]


class PlayTokenScheme(OpenApiAuthenticationExtension):
    target_class = PlayToken
    name = "playToken"

    def get_security_definition(self, auto_schema):
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Token KEY`, with the key that `join` gave.",
        }


class PlaySessionScheme(OpenApiAuthenticationExtension):
    target_class = PlaySession
    name = "playSession"

    def get_security_definition(self, auto_schema):
        return {"type": "apiKey", "in": "cookie", "name": "goldvein_session"}
