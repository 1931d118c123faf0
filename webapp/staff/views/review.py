"""What a moderator should look at: the queue, flags, and one task with all that is known of it."""

import json
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect

from quality.store import selectors as quality
from quality.store import services as store
from quality.store.selectors.evidence import MAPS, influences
from webapp.projects.models import Project
from webapp.projects.selectors import labels_of
from webapp.staff.attempts import FormError, are, attempt, said
from webapp.staff.doors import Role, StaffRequest, may, page, staff_page
from webapp.staff.tables import wants_csv
from webapp.staff.views.evidence import votes_as_csv

DONE = {
    "accept": "The label is accepted.",
    "revise": "Your label replaces the crowd's.",
    "close": "No more answers are asked for.",
    "retire": "The task is retired.",
    "reopen": "More answers are asked for.",
}


@staff_page()
def queue(request: StaffRequest, project: Project) -> HttpResponse:
    return page(request, "review", project=project, labels=labels_of(project), rows=quality.review_queue(project))


@staff_page()
def flags(request: StaffRequest, project: Project) -> HttpResponse:
    return page(request, "flags", project=project, flagged=quality.flagged(project))


@staff_page(write=Role.MODERATOR)
def task(request: StaffRequest, project: Project, task_id: UUID) -> HttpResponse:
    detail = quality.task_detail(project, task_id)
    if detail is None:
        raise Http404("There is no such task in this project.")
    if request.method == "POST":
        return _decide(request, project, task_id)
    order = [row.id for row in quality.review_queue(project)]
    later = order[order.index(task_id) + 1 :] if task_id in order else order
    told = influences(project, task_id)
    if wants_csv(request):
        return votes_as_csv(detail, told)
    return page(
        request,
        "task",
        project=project,
        detail=detail,
        labels=labels_of(project),
        following=later[0] if later else None,
        data=_for_script(project, detail, editable=may(request.staff, Role.MODERATOR)),
        known=detail.row.gold not in ("", "held"),
        shares=_shares(project, detail),
        votes=[(vote, told.get(vote.annotation_id)) for vote in detail.votes],
        explained=bool(told),
        maps=MAPS if project.kind != Project.Kind.CLASS and told else (),
        open_flags=[flag for flag in detail.flags if flag["resolved_at"] is None],
    )


def _decide(request: StaffRequest, project: Project, task_id: UUID) -> HttpResponse:
    action = request.POST.get("action", "")
    with attempt(request):
        if action == "resolve_flags":
            count = store.resolve_flags(by=request.staff, project=project, task_id=task_id)
            said(request, f"{are(count, 'flag')} seen to.")
            return redirect(request.get_full_path())
        store.review(
            by=request.staff,
            task_id=task_id,
            action=action,
            answer=_answer(request) if action == "revise" else None,
            comment=request.POST.get("comment", "").strip(),
            as_expert="as_expert" in request.POST,
        )
        said(request, DONE[action])
        following = request.POST.get("following", "")
        if following and action != "reopen":
            return redirect(f"/staff/projects/{project.slug}/tasks/{_uuid(following)}/")
    return redirect(request.get_full_path())


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise FormError("The next task cannot be read; the decision itself is kept.") from None


def _answer(request: StaffRequest) -> dict[str, Any]:
    """What was drawn or chosen: JSON from the canvas, or a label's key from the plain form."""
    drawn = request.POST.get("answer", "")
    if not drawn:
        label = request.POST.get("label", "")
        if not label:
            raise FormError("Draw or choose the right answer first.")
        return {"kind": "nothing"} if label == "-" else {"kind": "class", "label": label}
    try:
        answer = json.loads(drawn)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise FormError("The drawing did not arrive whole; please try again.")
    return answer


def _for_script(project: Project, detail: quality.TaskDetail, *, editable: bool) -> dict[str, Any]:
    """What the overlay viewer and the editor work on."""
    row = detail.row
    return {
        "kind": project.kind,
        "url": f"/pictures/{row.file}",
        "width": row.width,
        "height": row.height,
        "markers": detail.markers,
        "labels": [{"key": label.key, "name": label.name, "colour": label.colour} for label in labels_of(project)],
        "asked": row.label,
        "editable": editable,
        "layers": {
            **{f"vote-{number}": vote.answer for number, vote in enumerate(detail.votes)},
            **({"consensus": detail.consensus.answer} if detail.consensus else {}),
            **({"truth": detail.truth} if detail.truth else {}),
        },
        "known_region": detail.known_region,
    }


def _shares(project: Project, detail: quality.TaskDetail) -> list[tuple[str, float]]:
    """The consensus of a class task: label names with their probabilities in percent, the likeliest first."""
    if project.kind != Project.Kind.CLASS or not detail.consensus:
        return []
    names = {label.key: label.name for label in labels_of(project)}
    values = detail.consensus.probabilities
    found = [(names.get(key, key), 100 * value) for key, value in values.items() if isinstance(value, int | float)]
    return sorted(found, key=lambda share: -share[1])
