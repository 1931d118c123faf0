"""Who may see a page: players are logged in, as guests or with an account, and have agreed to today's consent text."""

from collections.abc import Callable
from functools import wraps
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from webapp.accounts.limits import Limit, wait_of
from webapp.accounts.models import User


def is_player(request: HttpRequest) -> bool:
    return request.user.is_authenticated and request.user.has_consented


def player(request: HttpRequest) -> User:
    """Who plays, in a view that `player_required` guards."""
    assert isinstance(request.user, User)
    return request.user


def player_required(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Send everybody else to the consent page, and from there back here."""

    @wraps(view)
    def wrapper(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if is_player(request):
            return view(request, *args, **kwargs)
        return HttpResponseRedirect(f"{reverse('consent')}?{urlencode({'next': request.path})}")

    return wrapper


def limited(limit: Limit, method: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Requests by `method` beyond `limit` get a page that says when to come again (429)."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def wrapper(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            person = request.user if request.user.is_authenticated else None
            wait = wait_of(limit, request, person=person) if request.method == method else 0
            if not wait:
                return view(request, *args, **kwargs)
            reply = render(request, "429.html", {"wait": wait}, status=429)
            reply["Retry-After"] = str(wait)
            return reply

        return wrapper

    return decorate


def safe_next(request: HttpRequest, otherwise: str) -> str:
    """Where to go on: the `next` of the request if it stays on this site, else `otherwise`."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        return wanted
    return otherwise
