"""Logging in and out, and one's own password and API keys."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from webapp.accounts.limits import address_of
from webapp.accounts.models import StaffToken
from webapp.accounts.services import Refused, set_staff_password
from webapp.accounts.staff import (
    TooManyTries,
    authenticate_staff,
    current_staff,
    new_staff_token,
    staff_login,
    staff_logout,
)
from webapp.staff.attempts import attempt, said
from webapp.staff.doors import Role, StaffRequest, page, staff_page


@sensitive_post_parameters("password")
@never_cache
@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
def log_in(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return redirect(_next(request)) if current_staff(request) else _login_page(request)
    username, password = request.POST.get("username", ""), request.POST.get("password", "")
    try:
        member = authenticate_staff(username, password, address=address_of(request))
    except TooManyTries as refusal:
        reply = _login_page(request, str(refusal), status=429)
        reply["Retry-After"] = str(refusal.retry_after)
        return reply
    if member is None:
        return _login_page(request, "This user name and password do not go together.", status=403)
    staff_login(request, member)
    return redirect(_next(request))


def _login_page(request: HttpRequest, error: str = "", *, status: int = 200) -> HttpResponse:
    context = {"error": error, "next": _next(request), "username": request.POST.get("username", "")}
    return render(request, "staff/login.html", context, status=status)


def _next(request: HttpRequest) -> str:
    """Where to go on; never to another site, nor to the volunteers' pages."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    mine = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) and wanted.startswith("/staff/")
    return wanted if mine else "/staff/"


@require_POST
def log_out(request: HttpRequest) -> HttpResponse:
    staff_logout(request)
    return redirect("staff:login")


@sensitive_post_parameters("old", "new")
@staff_page(write=Role.RESEARCHER)
def account(request: StaffRequest) -> HttpResponse:
    """One's own password and API keys. A new key is shown once, on the reply itself."""
    key = ""
    if request.method == "POST":
        action = request.POST.get("action", "")
        if action == "key":
            key = new_staff_token(by=request.staff, name=request.POST.get("name", "").strip() or "API key")
        elif action == "drop":
            StaffToken.objects.filter(member=request.staff, digest=request.POST.get("digest", "")).delete()
            said(request, "The key is gone; programs that use it are refused from now on.")
            return redirect("staff:account")
        elif action == "password":
            _change_password(request)
            return redirect("staff:account")
    tokens = StaffToken.objects.filter(member=request.staff).order_by("created_at")
    return page(request, "account", tokens=tokens, key=key)


def _change_password(request: StaffRequest) -> None:
    member = request.staff
    try:
        known = authenticate_staff(member.username, request.POST.get("old", ""), address="account")
    except TooManyTries as refusal:
        messages.error(request, str(refusal))
        return
    if known is None:
        messages.error(request, "The old password is another one; nothing has changed.")
        return
    with attempt(request):
        if request.POST.get("new") != request.POST.get("again"):
            raise Refused("The new password was typed in two different ways; nothing has changed.")
        set_staff_password(member=member, password=request.POST.get("new", ""))
        staff_login(request, member)
        said(request, "The password is changed; other browsers have to log in again.")


@staff_page()
def nowhere(request: StaffRequest) -> HttpResponse:
    raise Http404("There is nothing at this address.")
