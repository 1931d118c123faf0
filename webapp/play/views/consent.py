"""Consent, the one step before the first round: guests are in with one button and no form.

Whoever has agreed and comes back here, by the browser's back button say, is not sent onward: that would be a trap.
"""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from webapp.accounts import services
from webapp.accounts.limits import JOIN
from webapp.accounts.sessions import start_play_session
from webapp.play.people import is_player, limited, safe_next


@require_http_methods(["GET", "HEAD", "POST"])
@limited(JOIN, "POST")
def consent(request: HttpRequest) -> HttpResponse:
    onward = safe_next(request, reverse("home"))
    changed, has_agreed = False, is_player(request)
    if has_agreed and request.method == "POST":
        return HttpResponseRedirect(onward)
    if request.method == "POST":
        try:
            _agree(request, request.POST.get("version", ""))
        except services.Refused:
            changed = True  # the text changed while it was being read: show the new one
        else:
            return HttpResponseRedirect(onward)
    context = {"text": services.consent_text(), "next": onward, "changed": changed, "has_agreed": has_agreed}
    return render(request, "play/consent.html", context)


def _agree(request: HttpRequest, version: str) -> None:
    if request.user.is_authenticated:
        services.agree(by=request.user, consent_version=version)
        return
    # The page plays by its session; the API key that comes with joining is for programs and is not kept here.
    user, _token = services.join_guest(consent_version=version)
    start_play_session(request, user)
