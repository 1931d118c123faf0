"""A study as its participants meet it: what it is, one question after the other, and how it went."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from webapp.play.people import player, player_required
from webapp.studies import consent, selectors, services
from webapp.studies.models import Participation, Study, Trial

QUESTIONS = (
    ("profession", "What do you do?"),
    ("experience", "Do you look at medical pictures?"),
    ("device", "What are you using right now?"),
)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@player_required
def study(request: HttpRequest, slug: str) -> HttpResponse:
    """Before: what it is, consent and background. Afterwards: the one total."""
    found = _study(slug)
    if request.method == "POST":
        try:
            services.begin(
                by=player(request),
                study=found,
                consent_version=request.POST.get("version", ""),
                background={name: request.POST.get(name, "") for name, _ in QUESTIONS},
            )
        except services.StudyError as error:
            messages.error(request, str(error))
        else:
            return redirect("study-question", slug=slug)
    participation = selectors.participation_of(player(request), found)
    if participation is not None:
        return render(request, "play/study_standing.html", _standing(found, participation))
    asked = [
        (name, question, services.BACKGROUND[name].choices, request.POST.get(name, "")) for name, question in QUESTIONS
    ]
    context = {"study": found, "text": consent.CURRENT, "asked": asked, "is_open": found.state == Study.State.OPEN}
    return render(request, "play/study.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@player_required
def question(request: HttpRequest, slug: str) -> HttpResponse:
    """The next question; an answer leads back here."""
    found = _study(slug)
    participation = selectors.participation_of(player(request), found)
    if participation is None or participation.completed_at or found.state != Study.State.OPEN:
        return redirect("study", slug=slug)
    if request.method == "POST":
        try:
            _answer(request, participation)
        except services.StudyError as error:
            messages.error(request, str(error))
        return redirect("study-question", slug=slug)
    ahead = selectors.next_trials(participation)
    if not ahead:
        return render(request, "play/study_wait.html", {"study": found})
    if request.method == "GET":
        services.note_shown(trial=ahead[0])
    return render(request, "play/study_question.html", _question(found, ahead))


def _study(slug: str) -> Study:
    found = selectors.visible_study(slug)
    if found is None:
        raise Http404("There is no such study.")
    return found


def _standing(study: Study, participation: Participation) -> dict[str, Any]:
    return {
        "study": study,
        "is_open": study.state == Study.State.OPEN,
        "completed": participation.completed_at is not None,
        "right": selectors.right_of(participation),
    }


def _question(study: Study, ahead: list[Trial]) -> dict[str, Any]:
    trial = ahead[0]
    is_pair = trial.second_id is not None
    return {
        "study": study,
        "trial": trial,
        "is_pair": is_pair,
        "parts": 2 if study.pairs and study.singles else 1,
        "begins_part": trial.place in (1, study.pairs + 1),
        "later": [picture.file for later in ahead[1:] for picture in (later.first, later.second) if picture],
    }


def _answer(request: HttpRequest, participation: Participation) -> None:
    try:
        trial_id = UUID(request.POST.get("trial", ""))
    except ValueError:
        raise services.StudyError("This form cannot be read; please reload the page.") from None
    text = request.POST.get("client_ms", "")
    client_ms = int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else None
    said = request.POST.get("answer", "")
    services.answer(participation=participation, trial_id=trial_id, said=said, client_ms=client_ms)
