"""The loop of playing: next, answer, skip, flag. The hot path: few queries, plain dictionaries out."""

from typing import Any, ClassVar
from uuid import UUID

from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from api.common.endpoint import Endpoint
from api.common.errors import Busy, Conflicting
from api.common.limits import Limit
from api.play import selectors
from api.play.auth import AUTHENTICATION, PLAYER, player
from api.play.docs import done, endpoint
from api.play.shapes import AnnotationIn, AnnotationOut, FlagIn, NextOut
from api.play.views.projects import no_such_project
from webapp.annotations import services as annotations
from webapp.projects.models import Label, Project
from webapp.tasks import services as tasks

NOT_YOURS = "There is no such assignment among yours."


class Playing(Endpoint):
    authentication_classes = AUTHENTICATION
    permission_classes = PLAYER


class Next(Playing):
    limits: ClassVar = {"POST": Limit("next", 240)}

    @endpoint(
        "next",
        401,
        403,
        404,
        responses={200: NextOut, 204: done("Nothing is left for this person.")},
        description="The next assignment of the person's hand. Asking again without an answer gives the same one.",
    )
    def post(self, request: Request, slug: str) -> Response:
        found = selectors.project_with_labels(slug)
        if found is None:
            raise no_such_project(slug)
        project, labels = found
        claim = tasks.claim_next(by=player(request), project=project)
        if isinstance(claim, tasks.Nothing):
            return Response(status=204)
        if isinstance(claim, tasks.Behind):
            raise Busy("New pictures are being dealt; please ask again in a moment.", claim.retry_after)
        return Response(_shown(claim, project, labels))


def _shown(claim: tasks.Claim, project: Project, labels: list[Label]) -> dict[str, Any]:
    """The shape `NextOut`."""
    if claim.label is not None:
        labels = [label for label in labels if label.key == claim.label]
    image = claim.image
    help_ = {} if claim.proposal is None else {"proposal": claim.proposal}
    return {
        "assignment": {
            "id": str(claim.assignment_id),
            "image": {
                "url": f"/pictures/{image.file}",
                "width": image.width,
                "height": image.height,
                "markers": image.markers,
            },
            "question": {"kind": project.kind, "prompt": project.prompt, "labels": selectors.shown_labels(labels)},
            "round": {"id": str(claim.round_id), "position": claim.position, "size": claim.size},
            "assist": project.kind == Project.Kind.MASK and project.assist and not claim.unaided,
            **help_,
        },
        "prefetch": [f"/pictures/{file}" for file in claim.prefetch],
    }


class Annotation(Playing):
    limits: ClassVar = {"PUT": Limit("answer", 240)}

    @endpoint(
        "submit",
        400,
        401,
        403,
        404,
        409,
        request=AnnotationIn,
        responses={201: AnnotationOut, 200: AnnotationOut},
        description="The answer to an assignment, once. The same again is 200 and changes nothing, another is 409. A "
        "late answer is kept.",
    )
    def put(self, request: Request, assignment_id: UUID) -> Response:
        form = AnnotationIn(data=request.data)
        form.is_valid(raise_exception=True)
        try:
            stored, created = annotations.submit(by=player(request), assignment_id=assignment_id, **form.validated_data)
        except annotations.NotYours:
            raise NotFound(NOT_YOURS) from None
        except annotations.Conflict as error:
            raise Conflicting(str(error)) from None
        except annotations.InvalidAnswer as error:
            raise ValidationError(str(error)) from None
        return Response({"assignment": str(assignment_id), "round": stored.round_id}, status=201 if created else 200)


class Skip(Playing):
    limits: ClassVar = {"POST": Limit("next", 240)}

    @endpoint("skip", 401, 403, 404, 409, responses={204: done("Skipped; another takes its place in the round.")})
    def post(self, request: Request, assignment_id: UUID) -> Response:
        try:
            tasks.skip(by=player(request), assignment_id=assignment_id)
        except tasks.NotYours:
            raise NotFound(NOT_YOURS) from None
        except tasks.Conflict as error:
            raise Conflicting(str(error)) from None
        return Response(status=204)


class Flag(Playing):
    limits: ClassVar = {"POST": Limit("flag", 30)}

    @endpoint(
        "flag",
        400,
        401,
        403,
        404,
        request=FlagIn,
        responses={204: done("Noted for the moderators.")},
        description="Say that something is wrong with a picture.",
    )
    def post(self, request: Request, assignment_id: UUID) -> Response:
        form = FlagIn(data=request.data)
        form.is_valid(raise_exception=True)
        try:
            annotations.flag(by=player(request), assignment_id=assignment_id, comment=form.validated_data["comment"])
        except annotations.NotYours:
            raise NotFound(NOT_YOURS) from None
        return Response(status=204)
