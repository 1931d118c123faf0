"""Fair play: evidence that somebody plays for points instead of looking. A person judges; nothing happens by itself."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString

from quality.domain.fairplay import LEVEL
from quality.store.findings import NOTE, FindingView, Outcome, fair_play
from quality.store.services import review_finding
from webapp.projects.models import Project
from webapp.staff.attempts import FormError, attempt, chosen, said
from webapp.staff.doors import Role, StaffRequest, page, staff_page

KINDS = {
    "fast": "Fast and careless",
    "faster": "Became careless",
    "one answer": "Always the same",
    "runs": "Long runs",
    "copies": "The same answers",
    "handovers": "Two accounts?",
}
OUTCOMES = {
    Outcome.NOTHING_WRONG: "Nothing wrong: there is another reason",
    Outcome.TALKED_TO: "Talked to: they know",
    Outcome.SET_ASIDE: "Set aside: nothing to be done for now",
}

LEAST_SHOWN = 0.0001


@staff_page(read=Role.MODERATOR, write=Role.MODERATOR)
def fairplay(request: StaffRequest, project: Project) -> HttpResponse:
    if request.method == "POST":
        with attempt(request):
            _review(request, project)
            said(request, "Kept, with your name. It is shown again if its evidence doubles.")
        return redirect("staff:fairplay", project.slug)
    found = fair_play(project)
    return page(
        request,
        "fairplay",
        project=project,
        waiting=[_row(view) for view in found.findings if view.is_waiting],
        looked_at=[_row(view) for view in found.findings if not view.is_waiting],
        found=found,
        level=LEVEL,
        outcomes=OUTCOMES.items(),
        most=NOTE,
    )


def _review(request: StaffRequest, project: Project) -> None:
    outcome = request.POST.get("outcome", "")
    if not outcome:
        raise FormError("Please say what came of it.")
    review_finding(
        by=request.staff,
        project=project,
        kind=request.POST.get("kind", ""),
        people=chosen(request, "person"),
        outcome=outcome,
        note=request.POST.get("note", "").strip(),
    )


def _row(view: FindingView) -> dict[str, object]:
    return {
        "view": view,
        "kind": KINDS.get(view.kind, view.kind),
        "sentence": _sentence(view),
        "chance": _chance(view.p),
    }


def _chance(p: float) -> str:
    return f"{p:.4f}" if p >= LEAST_SHOWN else f"< {LEAST_SHOWN}"


def _sentence(view: FindingView) -> SafeString:
    names = [format_html("<strong>{}</strong>", name) for _, name in view.people]
    return format_html(escape(view.sentence), *names)
