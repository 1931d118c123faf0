"""How staff are known: a user name and password of their own, a session in a table of its own, or a token.

Only requests to staff paths come here (`webapp.accounts.sessions`); the volunteer tier cannot read any of it (I1).
"""

from django.contrib.auth.hashers import check_password, make_password
from django.http import HttpRequest
from django.middleware.csrf import rotate_token
from django.utils.crypto import constant_time_compare, salted_hmac

from webapp.accounts import limits, tokens
from webapp.accounts.models import StaffMember, StaffToken

TRIES_PER_NAME = 10  # failed or not, in five minutes; a person mistypes, a machine guesses
TRIES_PER_ADDRESS = 30
WINDOW_SECONDS = 300

_MEMBER_KEY = "staff_member"
_HASH_KEY = "staff_hash"


class TooManyTries(Exception):
    """`retry_after`: seconds until the next try is looked at."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"Too many tries to log in; please wait {retry_after} seconds.")
        self.retry_after = retry_after


def authenticate_staff(username: str, password: str, *, address: str = "") -> StaffMember | None:
    """Who this is, or None. Takes as long for an unknown name as for a known one. Raises TooManyTries.

    `address`: where the request came from, so that guessing many names from one place is slowed down too.
    """
    username = username.strip()[:64]
    for key, limit in (
        (f"staff-name:{tokens.digest(username.lower())}", TRIES_PER_NAME),
        (f"staff-address:{address}", TRIES_PER_ADDRESS),
    ):
        wait = limits.hit(key, limit=limit, seconds=WINDOW_SECONDS)
        if wait:
            raise TooManyTries(wait)
    member = StaffMember.objects.select_related("user").filter(username__iexact=username, is_active=True).first()
    if member is None:
        make_password(password)  # as costly as checking one
        return None
    return member if check_password(password, member.password) else None


def staff_login(request: HttpRequest, member: StaffMember) -> None:
    """Start a staff session in this browser; ends with a change of the password."""
    request.session.flush()
    request.session[_MEMBER_KEY] = member.pk
    request.session[_HASH_KEY] = _session_hash(member)
    rotate_token(request)
    request._staff_member = member  # type: ignore[attr-defined]  # looked up once a request


def staff_logout(request: HttpRequest) -> None:
    request.session.flush()
    request._staff_member = None  # type: ignore[attr-defined]


def current_staff(request: HttpRequest) -> StaffMember | None:
    """The staff member whose session this is, looked up once a request."""
    if not hasattr(request, "_staff_member"):
        request._staff_member = _from_session(request)  # type: ignore[attr-defined]
    return request._staff_member  # type: ignore[attr-defined]


def staff_of_token(token: str) -> StaffMember | None:
    """The staff member whose API key this is."""
    found = (
        StaffToken.objects.select_related("member__user")
        .filter(digest=tokens.digest(token), member__is_active=True)
        .first()
    )
    return found.member if found else None


def new_staff_token(*, by: StaffMember, name: str) -> str:
    """Another API key for `by`, in clear; it cannot be shown again."""
    token = tokens.new_token()
    StaffToken.objects.create(digest=tokens.digest(token), member=by, name=name[:64])
    return token


def _from_session(request: HttpRequest) -> StaffMember | None:
    pk = request.session.get(_MEMBER_KEY)
    if pk is None:
        return None
    member = StaffMember.objects.select_related("user").filter(pk=pk, is_active=True).first()
    if member is None or not constant_time_compare(request.session.get(_HASH_KEY, ""), _session_hash(member)):
        request.session.flush()
        return None
    return member


def _session_hash(member: StaffMember) -> str:
    return salted_hmac("webapp.accounts.staff", member.password, algorithm="sha256").hexdigest()
