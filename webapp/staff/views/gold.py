"""Gold: packs and their candidates beside the truth, what is in stock, what people dispute, how it is mixed in."""

from collections.abc import Callable

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from quality.store import selectors as quality
from quality.store import services as store
from quality.supply.selectors import waiting_batch
from webapp.projects.models import Project
from webapp.projects.selectors import labels_of
from webapp.staff.attempts import FormError, are, asked_for, attempt, chosen, number_of, said, whole_of
from webapp.staff.doors import Role, StaffRequest, page, staff_page
from webapp.staff.views.imports import start

STATES = {
    "candidate": "Candidates",
    "approved": "In use",
    "held": "Held back",
    "quarantined": "Quarantined",
    "retired": "Put away",
}
PAGE = 60


@staff_page(write=Role.MODERATOR)
def gold(request: StaffRequest, project: Project) -> HttpResponse:
    if request.method == "POST":
        return _change(request, project)
    state = request.GET.get("state", "candidate")
    state = state if state in STATES else "candidate"
    offset = int(request.GET["from"]) if request.GET.get("from", "").isdecimal() else 0
    stock = quality.gold_stock(project)
    return page(
        request,
        "gold",
        project=project,
        labels=labels_of(project),
        state=state,
        states=[(key, name, stock[key]) for key, name in STATES.items()],
        items=quality.gold_items(project, state=state, offset=offset, limit=PAGE),
        earlier=max(offset - PAGE, 0) if offset else None,
        later=offset + PAGE if offset + PAGE < stock[state] else None,
        stock=stock,
        policy=quality.policy(project),
        forecast=quality.gold_forecast(project, now=timezone.now()),
        rates=quality.project_progress(project).rates,
        packs=quality.packs(project),
        disputed=quality.disputed_gold(project),
        waiting_batch=waiting_batch(project),
    )


def _change(request: StaffRequest, project: Project) -> HttpResponse:
    with attempt(request):
        if request.POST.get("action") == "pack":
            job = start(request, project, {"pack": True})
            return redirect("staff:import", slug=project.slug, job_id=job.pk)
        said(request, asked_for(request, ACTIONS)(request, project))
    return redirect(request.get_full_path())


def _pack_id(request: StaffRequest, project: Project) -> int:
    """A pack of this project, not of another. Raises FormError."""
    wanted = request.POST.get("pack", "")
    for pack in quality.packs(project):
        if str(pack.id) == wanted:
            return pack.id
    raise FormError("There is no such gold pack in this project.")


def _approve_pack(request: StaffRequest, project: Project) -> str:
    count = store.approve_pack(by=request.staff, pack_id=_pack_id(request, project))
    return f"{count} candidates of the pack are gold from the next release on."


def _reject_pack(request: StaffRequest, project: Project) -> str:
    count = store.reject_pack(by=request.staff, pack_id=_pack_id(request, project))
    return f"{are(count, 'candidate')} put away."


def _approve(request: StaffRequest, project: Project) -> str:
    count = store.decide_gold(by=request.staff, project=project, tasks=chosen(request), approve=True)
    return f"{are(count, 'candidate')} gold from the next release on."


def _reject(request: StaffRequest, project: Project) -> str:
    count = store.decide_gold(by=request.staff, project=project, tasks=chosen(request), approve=False)
    return f"{are(count, 'candidate')} put away."


def _quarantine(request: StaffRequest, project: Project) -> str:
    count = store.quarantine(by=request.staff, project=project, tasks=chosen(request))
    return f"{are(count, 'truth')} out of use; everyone who answered them is judged anew."


def _restore(request: StaffRequest, project: Project) -> str:
    count = store.restore(by=request.staff, project=project, tasks=chosen(request))
    return f"{are(count, 'truth')} in use again."


def _use(request: StaffRequest, project: Project) -> str:
    count = store.split_gold(by=request.staff, project=project, tasks=chosen(request))
    return f"{count} held answers are gold now."


def _split(request: StaffRequest, project: Project) -> str:
    number = whole_of(request, "number", "how many held answers become gold")
    count = store.split_gold(by=request.staff, project=project, number=number)
    return f"{count} held answers, drawn at random, are gold now."


def _policy(request: StaffRequest, project: Project) -> str:
    store.set_policy(
        by=request.staff,
        project=project,
        rate=number_of(request, "rate", "the share of gold") / 100,
        release_size=whole_of(request, "release_size", "the size of a release"),
        score_delay_seconds=whole_of(request, "score_delay_seconds", "the delay of scores"),
        spare_hands=whole_of(request, "spare_hands", "the number of spare hands"),
    )
    return "The policy holds from the next release on."


ACTIONS: dict[str, Callable[[StaffRequest, Project], str]] = {
    "approve_pack": _approve_pack,
    "reject_pack": _reject_pack,
    "approve": _approve,
    "reject": _reject,
    "quarantine": _quarantine,
    "restore": _restore,
    "use": _use,
    "split": _split,
    "policy": _policy,
}
