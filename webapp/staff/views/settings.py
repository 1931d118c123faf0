"""What a project says and asks: texts, numbers, label set, exemplars, who works on it."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect

from quality.store import selectors as quality
from quality.store import services as store
from webapp.accounts.models import StaffMember
from webapp.images import uploads
from webapp.images.pipeline import GENTLE, STRONG, CommonPath
from webapp.images.services import add_exemplar, common_path_of, may_change_common_path, set_common_path
from webapp.projects.models import Exemplar, Label, Project
from webapp.projects.selectors import exemplars_of, labels_of
from webapp.projects.services import add_labels, remove_exemplar, remove_label, set_members, update_project
from webapp.staff.attempts import FormError, asked_for, attempt, number_of, said, whole_of
from webapp.staff.doors import Role, StaffRequest, may, page, staff_page

TEXTS = ("title", "summary", "prompt", "guideline", "debrief", "ethics_reference", "data_licence")
STRENGTHS = {"gentle": GENTLE, "strong": STRONG}
NUMBERS = ("redundancy", "round_size", "lease_seconds")


@staff_page(read=Role.MODERATOR, write=Role.MODERATOR)
def edit(request: StaffRequest, project: Project) -> HttpResponse:
    if request.method == "POST":
        with attempt(request):
            said(request, asked_for(request, ACTIONS)(request, project))
        return redirect("staff:settings", slug=project.slug)
    path = common_path_of(project)
    members = StaffMember.objects.filter(is_active=True).exclude(role=Role.ADMIN).order_by("username")
    return page(
        request,
        "settings",
        project=project,
        labels=labels_of(project),
        exemplars=exemplars_of(project),
        path=path,
        strength=next((name for name, preset in STRENGTHS.items() if preset == path), "own"),
        path_is_open=may_change_common_path(project),
        policy=quality.policy(project),
        arms=quality.arms_of(project),
        members=members,
        working=set(project.memberships.values_list("member_id", flat=True)),
    )


def _fields(request: StaffRequest, project: Project) -> str:
    values: dict[str, Any] = {name: request.POST[name].strip() for name in TEXTS if name in request.POST}
    values |= {name: whole_of(request, name, name.replace("_", " ")) for name in NUMBERS if name in request.POST}
    values["assist"] = "assist" in request.POST
    update_project(by=request.staff, project=project, **values)
    return "Saved."


def _enough(request: StaffRequest, project: Project) -> str:
    store.set_policy(
        by=request.staff,
        project=project,
        stopping=request.POST.get("stopping", ""),
        risk_goal=number_of(request, "risk_goal", "the error that is good enough") / 100,
        least_votes=whole_of(request, "least_votes", "the least number of answers"),
    )
    return "Saved. Tasks that have answers enough by this rule stop now; others go on."


def _help(request: StaffRequest, project: Project) -> str:
    fields = {
        "proposal_share": "the share that has a suggestion",
        "planted_share": "the share that is wrong on purpose",
        "unaided_share": "the share without help",
    }
    values = {name: number_of(request, name, what) / 100 for name, what in fields.items()}
    store.set_policy(by=request.staff, project=project, **values)
    return "Saved. It holds for what is dealt from now on."


def _path(request: StaffRequest, project: Project) -> str:
    strength = request.POST.get("strength", "")
    path = STRENGTHS.get(strength) or _own_path(request)
    set_common_path(by=request.staff, project=project, path=path)
    return "Saved. It holds for every picture that comes."


def _own_path(request: StaffRequest) -> CommonPath:
    try:
        return CommonPath(
            max_side=whole_of(request, "max_side", "the longer side"),
            factor=number_of(request, "factor", "the factor"),
            noise=number_of(request, "noise", "the noise"),
            quality=whole_of(request, "quality", "the quality"),
        )
    except ValueError as error:
        raise FormError(str(error)) from None


def _labels(request: StaffRequest, project: Project) -> str:
    """Every row of the table, and the last, empty one if it was filled in."""
    rows = zip(
        *(request.POST.getlist(name) for name in ("key", "name", "colour", "shortcut", "position")), strict=False
    )
    entries = []
    for key, name, colour, shortcut, position in rows:
        if not name.strip():
            continue
        if position.strip() and not position.strip().isdigit():
            raise FormError(f"Expected a whole number for the place of {name!r}; got {position[:20]!r}.")
        place = int(position) if position.strip() else ""
        entries.append(
            {
                "key": key.strip(),
                "name": name.strip(),
                "colour": colour,
                "shortcut": shortcut.strip(),
                "position": place,
            }
        )
    add_labels(by=request.staff, project=project, labels=entries)
    return "The label set is saved."


def _drop_label(request: StaffRequest, project: Project) -> str:
    label = get_object_or_404(Label, project=project, key=request.POST.get("drop", ""))
    remove_label(by=request.staff, label=label)
    return f"{label.name} is out of the label set."


def _exemplar(request: StaffRequest, project: Project) -> str:
    label = project.labels.filter(key=request.POST.get("label", "")).first()
    caption = request.POST.get("caption", "").strip()
    if not caption:
        raise FormError("Say in a caption what the picture shows.")
    folder = uploads.keep(request.FILES.getlist("picture")[:1])
    try:
        add_exemplar(
            by=request.staff,
            project=project,
            picture=uploads.source_of(folder),
            caption=caption,
            label=label,
            is_positive="is_positive" in request.POST,
        )
    finally:
        uploads.drop(folder)
    return "The picture is in the tutorial."


def _drop_exemplar(request: StaffRequest, project: Project) -> str:
    number = request.POST.get("exemplar", "")
    exemplar = get_object_or_404(Exemplar, project=project, pk=int(number) if number.isdigit() else 0)
    remove_exemplar(by=request.staff, exemplar=exemplar)
    return "The picture is out of the tutorial."


def _members(request: StaffRequest, project: Project) -> str:
    if not may(request.staff, Role.ADMIN):
        raise FormError("Only administrators may say who works on a project.")
    wanted = StaffMember.objects.filter(username__in=request.POST.getlist("member"))
    set_members(by=request.staff, project=project, members=wanted)
    return "Saved who works on this project."


ACTIONS: dict[str, Callable[[StaffRequest, Project], str]] = {
    "fields": _fields,
    "enough": _enough,
    "help": _help,
    "path": _path,
    "labels": _labels,
    "drop_label": _drop_label,
    "exemplar": _exemplar,
    "drop_exemplar": _drop_exemplar,
    "members": _members,
}
