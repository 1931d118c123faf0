"""Studies: a list, what each came to, and every trial."""

from typing import Any

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from api.staff.auth import own_project
from api.staff.endpoint import StaffEndpoint, endpoint
from api.staff.study_shapes import StudyOut, StudyResultsOut
from quality.store.selectors import studies as found
from webapp.projects.models import Project
from webapp.studies.models import Study as StudyRow


class Studies(StaffEndpoint):
    @endpoint("studies", 404, responses={200: StudyOut(many=True)})
    def get(self, request: Request, slug: str) -> Response:
        """The newest first."""
        return Response(StudyOut(found.studies(own_project(request, slug)), many=True).data)


class Study(StaffEndpoint):
    @endpoint("study", 404, responses={200: StudyResultsOut})
    def get(self, request: Request, slug: str, study_id: int) -> Response:
        """What came out so far, as on the study's page."""
        project = own_project(request, slug)
        study = _study(project, study_id)
        (row,) = (row for row in found.studies(project) if row.id == study.pk)
        trials = found.trial_rows(study)
        parts = [_part(part) for part in found.parts(trials)]
        results = {"ethics_reference": study.ethics_reference, "answers": len(trials), "parts": parts}
        return Response(StudyResultsOut({**vars(row), **results}).data)


class Trials(StaffEndpoint):
    @endpoint("study_trials", 404, responses={(200, "text/csv"): OpenApiTypes.STR})
    def get(self, request: Request, slug: str, study_id: int) -> StreamingHttpResponse:
        """Every answered question with what was true, one a row; participants are numbers that lead to nobody."""
        study = _study(own_project(request, slug), study_id)
        response = StreamingHttpResponse(found.trials_csv(study), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{study.slug}-trials.csv"'
        return response


def _study(project: Project, study_id: int) -> StudyRow:
    study = found.study(project, study_id)
    if study is None:
        raise NotFound("There is no such study in this project.")
    return study


def _part(part: found.Part) -> dict[str, Any]:
    rates = part.all.picture_rates()
    return {
        "name": part.name,
        "pairs": part.pairs,
        "all": part.all,
        "by_generator": [{"generator": name, "decisions": decisions} for name, decisions in part.by_generator],
        "pictures": [{**vars(rate), **vars(part.subjects[rate.picture])} for rate in rates],
    }
