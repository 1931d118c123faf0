"""Studies of people: making one, opening and closing it, what came out, every trial as CSV."""

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect

from quality.domain.turing import MARGINS, Decisions, Estimate
from quality.store.selectors import studies as found
from quality.store.studies import create_study
from webapp.projects.models import Project
from webapp.staff.attempts import UNKNOWN_FORM, FormError, attempt, said, whole_of
from webapp.staff.doors import Role, StaffRequest, page, staff_page
from webapp.studies.models import Participation, Study
from webapp.studies.services import StudyError, close_study, open_study

SHOWN = 12  # pictures at each end


@staff_page(write=Role.MODERATOR)
def studies(request: StaffRequest, project: Project) -> HttpResponse:
    if request.method == "POST":
        try:
            study = _create(request, project)
        except (FormError, StudyError) as refusal:
            return _list(request, project, error=str(refusal), status=400)
        said(request, "The study is a draft. Its pictures are out of play from now on.")
        return redirect("staff:study", slug=project.slug, study_id=study.pk)
    return _list(request, project)


def _list(request: StaffRequest, project: Project, *, error: str = "", status: int = 200) -> HttpResponse:
    return page(
        request,
        "studies",
        project=project,
        rows=found.studies(project),
        stock=found.stock(project),
        error=error,
        given=request.POST,
        chosen=request.POST.getlist("pack"),
        status=status,
    )


def _create(request: StaffRequest, project: Project) -> Study:
    packs = [int(pack) for pack in request.POST.getlist("pack") if pack.isdecimal() and len(pack) < 16]
    return create_study(
        by=request.staff,
        project=project,
        title=request.POST.get("title", ""),
        introduction=request.POST.get("introduction", ""),
        packs=packs,
        pairs=whole_of(request, "pairs", "the number of pairs"),
        singles=whole_of(request, "singles", "the number of single pictures"),
        couples=whole_of(request, "couples", "the number of pictures of each side"),
    )


@staff_page(write=Role.MODERATOR)
def study(request: StaffRequest, project: Project, study_id: int) -> HttpResponse:
    """What came out so far; opening and closing."""
    kept = _study(project, study_id)
    if request.method == "POST":
        with attempt(request):
            said(request, _change(request, kept))
        return redirect("staff:study", slug=project.slug, study_id=kept.pk)
    rows = found.trial_rows(kept)
    return page(
        request,
        "study",
        project=project,
        study=kept,
        row=next(row for row in found.studies(project) if row.id == kept.pk),
        answers=len(rows),
        parts=[_part(part) for part in found.parts(rows)],
        people=_people(kept),
    )


@staff_page()
def trials(request: StaffRequest, project: Project, study_id: int) -> HttpResponseBase:
    """Every trial, one a row."""
    kept = _study(project, study_id)
    response = StreamingHttpResponse(found.trials_csv(kept), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{kept.slug}-trials.csv"'
    return response


def _study(project: Project, study_id: int) -> Study:
    kept = found.study(project, study_id)
    if kept is None:
        raise Http404("There is no such study in this project.")
    return kept


def _change(request: StaffRequest, study: Study) -> str:
    action = request.POST.get("action", "")
    if action == "ethics":
        study.ethics_reference = request.POST.get("ethics_reference", "").strip()[:200]
        study.save(update_fields=["ethics_reference"])
        return "The ethics reference is on record."
    if action == "open":
        open_study(by=request.staff, study=study)
        return f"The study is open; people find it on the start page and at /studies/{study.slug}/."
    if action == "close":
        close_study(by=request.staff, study=study)
        return "The study is closed; what was answered is kept."
    raise FormError(UNKNOWN_FORM)


def _people(study: Study) -> list[tuple[str, list[tuple[str, int]]]]:
    """What participants say of themselves: [(question, [(answer, how many)])]."""
    people = Participation.objects.filter(study=study, annotator__merged_into=None)
    told = (
        ("Profession", "profession", Participation.Profession),
        ("Medical pictures", "experience", Participation.Experience),
        ("Device", "device", Participation.Device),
    )
    return [
        (name, [(str(choice.label), n) for choice in choices if (n := people.filter(**{field: choice.value}).count())])
        for name, field, choices in told
    ]


def _part(part: found.Part) -> dict[str, Any]:
    rates = [(rate, part.subjects[rate.picture]) for rate in part.all.picture_rates()]
    ends = (
        [("Told best", rates[:SHOWN]), ("Told least", rates[::-1][:SHOWN])] if len(rates) > SHOWN else [("All", rates)]
    )
    return {
        "name": part.name,
        "pairs": part.pairs,
        "all": part.all,
        "groups": [_group(name, decisions) for name, decisions in (("All", part.all), *part.by_generator)],
        "ends": ends,
        "bounded": min(part.all.people, part.all.pictures) > 1,  # one person says nothing of people
    }


# name for single pictures, name for pairs, figure
_FIGURES: tuple[tuple[str, str, Callable[[Decisions], Estimate | None]], ...] = (
    ("Accuracy", "Pick rate", lambda decisions: decisions.accuracy),
    ("Precision", "Precision", lambda decisions: decisions.precision),
    ("Recall", "Recall", lambda decisions: decisions.recall),
    ("Called made", "Picked the first", lambda decisions: decisions.said_share),
    ("Sensitivity d′", "Sensitivity d′", lambda decisions: decisions.d_prime),
    ("Criterion c", "Criterion c", lambda decisions: decisions.criterion),
)


def _group(name: str, decisions: Decisions) -> dict[str, Any]:
    return {
        "name": name,
        "decisions": decisions,
        "figures": [
            (in_pairs if decisions.pairs else in_singles, of(decisions)) for in_singles, in_pairs, of in _FIGURES
        ],
        "equivalence": [decisions.equivalence(margin) for margin in MARGINS],
    }
