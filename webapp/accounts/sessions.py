"""Two kinds of browser session in two tables: volunteers' and staff's (I1).

Which one a request uses is decided by its path alone, so that a staff page can never run on a volunteer's cookie, nor
the volunteer tier read a staff session.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth import SESSION_KEY, login
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest

if TYPE_CHECKING:
    from webapp.accounts.models import User

STAFF_PREFIXES = ("/staff/", "/api/v1/staff/", "/api/schema/")
PLAY_COOKIE = "goldvein_session"
STAFF_COOKIE = "goldvein_staff"


class PlaySessionStore(DatabaseSessionStore):
    @classmethod
    def get_model_class(cls):
        from webapp.accounts.models import PlaySession

        return PlaySession

    def create_model_instance(self, data):
        row = super().create_model_instance(data)
        row.user_id = data.get(SESSION_KEY)  # type: ignore[attr-defined]  # the row is a PlaySession
        return row


SessionStore = PlaySessionStore  # what Django takes where no path decides (`settings.SESSION_ENGINE`)


class StaffSessionStore(DatabaseSessionStore):
    @classmethod
    def get_model_class(cls):
        from webapp.accounts.models import StaffSession

        return StaffSession


def start_play_session(request: HttpRequest, user: User) -> None:
    """From here on this browser plays as `user`. An older session of the browser ends."""
    login(request, user, backend="allauth.account.auth_backends.AuthenticationBackend")


def is_staff_path(path: str) -> bool:
    return path.startswith(STAFF_PREFIXES)


class SplitSessionMiddleware(SessionMiddleware):
    """Django's session middleware, with the store and the cookie chosen by path.

    Staff requests see their cookie under the one name that Django knows, and the reply's cookie gets its own name back.
    """

    def process_request(self, request: HttpRequest) -> None:
        staff = is_staff_path(request.path_info)
        if staff:
            request.COOKIES.pop(PLAY_COOKIE, None)
            if STAFF_COOKIE in request.COOKIES:
                request.COOKIES[PLAY_COOKIE] = request.COOKIES[STAFF_COOKIE]
        store = StaffSessionStore if staff else PlaySessionStore
        request.session = store(request.COOKIES.get(PLAY_COOKIE))

    def process_response(self, request, response):
        response = super().process_response(request, response)
        if is_staff_path(request.path_info) and PLAY_COOKIE in response.cookies:
            morsel = response.cookies.pop(PLAY_COOKIE)
            response.cookies[STAFF_COOKIE] = morsel.value
            response.cookies[STAFF_COOKIE].update(morsel)
        return response
