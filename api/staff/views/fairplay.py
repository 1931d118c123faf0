"""Fair play: evidence for moderators, and what they said of it. A person judges; nothing happens by itself."""

from dataclasses import asdict
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from api.staff.auth import member_of, own_project
from api.staff.endpoint import WRITERS, StaffEndpoint, body_of, endpoint, service
from api.staff.shapes import FairPlayOut, FindingReviewIn
from quality.store import services as store
from quality.store.findings import FindingView, fair_play
from webapp.projects.models import Project


class FairPlay(StaffEndpoint):
    roles = {"GET": WRITERS, "POST": WRITERS}

    @endpoint("fair_play", 404, responses={200: FairPlayOut})
    def get(self, request: Request, slug: str) -> Response:
        return _shown(own_project(request, slug))

    @endpoint("review_finding", 400, 404, request=FindingReviewIn, responses={200: FairPlayOut})
    def post(self, request: Request, slug: str) -> Response:
        """Say what came of a finding: it is named by its kind and people."""
        project = own_project(request, slug)
        values = body_of(FindingReviewIn, request)
        with service():
            store.review_finding(by=member_of(request), project=project, **values)
        return _shown(project)


def _shown(project: Project) -> Response:
    found = fair_play(project)
    return Response(FairPlayOut({**vars(found), "findings": [_finding(view) for view in found.findings]}).data)


def _finding(view: FindingView) -> dict[str, Any]:
    people = [{"id": pk, "pseudonym": name} for pk, name in view.people]
    return {**asdict(view), "people": people, "sentence": view.sentence.format(*(name for _, name in view.people))}
