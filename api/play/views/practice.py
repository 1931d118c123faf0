"""The practice room: pictures with visible answers. Nothing that is sent here is stored, and nothing of it counts."""

from dataclasses import asdict
from typing import ClassVar
from uuid import UUID

from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from api.common.limits import Limit
from api.play import selectors
from api.play.docs import endpoint
from api.play.shapes import PracticeIn, PracticeOut, VerdictOut
from api.play.views.playing import Playing
from api.play.views.projects import no_such_project
from webapp.annotations.answers import InvalidAnswer
from webapp.game import practice


class Practice(Playing):
    @endpoint("practice", 401, 403, 404, responses={200: PracticeOut}, description="The pictures of a practice room.")
    def get(self, request: Request, slug: str) -> Response:
        found = selectors.project_with_labels(slug)
        if found is None:
            raise no_such_project(slug)
        project, labels = found
        items = [
            {
                "id": str(row["id"]),
                "image": {
                    "url": f"/pictures/{row['file']}",
                    "width": row["width"],
                    "height": row["height"],
                    "markers": row["markers"],
                },
                "question": {
                    "kind": project.kind,
                    "prompt": project.prompt,
                    "labels": selectors.shown_labels(
                        label for label in labels if row["label__key"] in (None, label.key)
                    ),
                },
            }
            for row in practice.questions(project)
        ]
        return Response({"items": items})


class PracticeAnswer(Playing):
    limits: ClassVar = {"POST": Limit("practice", 120)}

    @endpoint(
        "practise",
        400,
        401,
        403,
        404,
        request=PracticeIn,
        responses={200: VerdictOut},
        description="How close an answer comes, what is right and why. Only in the practice room.",
    )
    def post(self, request: Request, item_id: UUID) -> Response:
        form = PracticeIn(data=request.data)
        form.is_valid(raise_exception=True)
        item = practice.find(item_id)
        if item is None:
            raise NotFound("There is no such picture in a practice room.")
        try:
            verdict = practice.check(item, form.validated_data["answer"])
        except InvalidAnswer as error:
            raise ValidationError(str(error)) from None
        return Response(asdict(verdict))
