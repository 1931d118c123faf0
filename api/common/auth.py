"""The header `Authorization: Token KEY`, for volunteers and staff alike; whose key it is differs."""

from typing import Any

from rest_framework.authentication import BaseAuthentication, SessionAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request


class TokenHeader(BaseAuthentication):
    """Subclasses say whose a key is."""

    def owner(self, key: str) -> tuple[Any, Any] | None:
        """`(user, auth)` of REST framework's request, or None if nobody has this key."""
        raise NotImplementedError

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        scheme, _, key = get_authorization_header(request).decode("latin-1").partition(" ")
        if scheme.lower() != "token":
            return None
        found = self.owner(key.strip())
        if found is None:
            raise AuthenticationFailed("This API key is not known, or no longer.")
        return found

    def authenticate_header(self, request: Request) -> str:
        return "Token"


class PageSession(SessionAuthentication):
    """A browser session, whose changes need the page's CSRF token."""

    def enforce_csrf(self, request: Any) -> None:
        # On Django's request: REST framework's would parse the body while looking for a form field.
        super().enforce_csrf(getattr(request, "_request", request))
