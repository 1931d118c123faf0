"""The crowd, by pseudonym: how far people are trusted, how they answer, and what help does to their answers."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from api.staff.auth import own_project
from api.staff.endpoint import StaffEndpoint, endpoint
from api.staff.shapes import ArmOut, CrowdMemberOut, ProfileOut
from quality.domain.reliability.class_ import Confusion
from quality.store import selectors as quality
from quality.store.selectors.profiles import profile

NOBODY = "Nobody of that number has answered in this project."


class Annotators(StaffEndpoint):
    @endpoint("annotators", 404, responses={200: CrowdMemberOut(many=True)})
    def get(self, request: Request, slug: str) -> Response:
        """Everybody who answered, the busiest first."""
        return Response(CrowdMemberOut(quality.annotators(own_project(request, slug)), many=True).data)


class Annotator(StaffEndpoint):
    @endpoint("annotator", 404, responses={200: CrowdMemberOut})
    def get(self, request: Request, slug: str, annotator_id: UUID) -> Response:
        person = quality.annotator(own_project(request, slug), annotator_id)
        if person is None:
            raise NotFound(NOBODY)
        return Response(CrowdMemberOut(person).data)


class Profile(StaffEndpoint):
    @endpoint("annotator_profile", 404, responses={200: ProfileOut})
    def get(self, request: Request, slug: str, annotator_id: UUID) -> Response:
        """All that is known of how one person answers."""
        found = profile(own_project(request, slug), annotator_id)
        if found is None:
            raise NotFound(NOBODY)
        return Response(ProfileOut({**vars(found), "confusion": _cells(found.confusion)}).data)


class Arms(StaffEndpoint):
    @endpoint("arms", 404, responses={200: ArmOut(many=True)})
    def get(self, request: Request, slug: str) -> Response:
        """What proposals and the drawing help do, beside those who had neither."""
        return Response(ArmOut(quality.arms_of(own_project(request, slug)), many=True).data)


def _cells(confusion: Confusion | None) -> list[dict[str, Any]]:
    cells = confusion.cells if confusion else {}
    return [{"truth": truth, "said": said, **asdict(share)} for (truth, said), share in cells.items()]
