"""Tasks: lists to curate, what is to be reviewed, and decisions."""

from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from api.staff.auth import member_of, own_project
from api.staff.endpoint import OFFSET, WRITERS, StaffEndpoint, body_of, choice_of, endpoint, offset_of, service
from api.staff.shapes import (
    CountOut,
    FlaggedOut,
    InfluenceOut,
    ReviewIn,
    TaskDetailOut,
    TaskPageOut,
    TaskRowOut,
    TasksIn,
    TextIn,
)
from quality.store import selectors as quality
from quality.store import services as store
from quality.store.selectors.evidence import influences
from webapp.projects.models import Project
from webapp.tasks.models import Task as TaskRow

PAGE = 100
STATES = ["", "blocked", "waiting", "open", "done", "retired"]
FILTERS = [
    OpenApiParameter("state", enum=STATES[1:]),
    OpenApiParameter("gold", enum=["yes", "no"], description="Whether an answer is known."),
    OpenApiParameter("label", description="Key of the label asked for (mask projects)."),
    OpenApiParameter("search", description="Part of the file name or group."),
    OpenApiParameter("burned_in", OpenApiTypes.BOOL, description="Only pictures that may bear text."),
    OFFSET,
]


class Tasks(StaffEndpoint):
    @endpoint("tasks", 400, 404, parameters=FILTERS, responses={200: TaskPageOut})
    def get(self, request: Request, slug: str) -> Response:
        """At most 100 tasks."""
        project = own_project(request, slug)
        wanted = quality.TaskFilter(
            state=choice_of(request, "state", STATES, ""),
            gold={"yes": True, "no": False}.get(choice_of(request, "gold", ["", "yes", "no"], "")),
            label=request.query_params.get("label", ""),
            search=request.query_params.get("search", ""),
            burned_in=choice_of(request, "burned_in", ["true", "false"], "false") == "true",
        )
        rows = quality.tasks(project, wanted, offset=offset_of(request), limit=PAGE)
        return Response(TaskPageOut({"total": quality.count_tasks(project, wanted), "tasks": rows}).data)


class Task(StaffEndpoint):
    @endpoint("task", 404, responses={200: TaskDetailOut})
    def get(self, request: Request, slug: str, task_id: UUID) -> Response:
        return Response(TaskDetailOut(_detail(own_project(request, slug), task_id)).data)


class Influences(StaffEndpoint):
    @endpoint("influences", 404, responses={200: InfluenceOut(many=True)})
    def get(self, request: Request, slug: str, task_id: UUID) -> Response:
        """What each vote does to the label, under what is known of people today; none where there are over 20."""
        project = own_project(request, slug)
        _detail(project, task_id)
        found = influences(project, task_id)
        return Response(InfluenceOut([{"annotation_id": pk, **vars(one)} for pk, one in found.items()], many=True).data)


class Review(StaffEndpoint):
    roles = {"POST": WRITERS}

    @endpoint("review", 400, 404, 409, request=ReviewIn, responses={200: TaskDetailOut})
    def post(self, request: Request, slug: str, task_id: UUID) -> Response:
        """Accept the consensus, revise it, close, retire or reopen the task."""
        project = own_project(request, slug)
        _detail(project, task_id)
        values = body_of(ReviewIn, request)
        with service(409):
            store.review(by=member_of(request), task_id=task_id, **values)
        return Response(TaskDetailOut(_detail(project, task_id)).data)


class Flags(StaffEndpoint):
    roles = {"DELETE": WRITERS}

    @endpoint("resolve_flags", 404, responses={200: CountOut})
    def delete(self, request: Request, slug: str, task_id: UUID) -> Response:
        """Mark all flags on the task as seen to."""
        project = own_project(request, slug)
        return Response({"changed": store.resolve_flags(by=member_of(request), project=project, task_id=task_id)})


class Retirement(StaffEndpoint):
    roles = {"POST": WRITERS}

    @endpoint("retire_tasks", 400, 404, request=TasksIn, responses={200: CountOut})
    def post(self, request: Request, slug: str) -> Response:
        """Retire many tasks: nobody is asked about them, and exports leave them out."""
        project = own_project(request, slug)
        tasks = body_of(TasksIn, request)["tasks"]
        with service(409):
            return Response({"changed": store.retire_tasks(by=member_of(request), project=project, tasks=tasks)})


class Text(StaffEndpoint):
    roles = {"POST": WRITERS}

    @endpoint("decide_text", 400, 404, request=TextIn, responses={200: CountOut})
    def post(self, request: Request, slug: str) -> Response:
        """Somebody looked at pictures that may bear text: clear them, or refuse them for good."""
        project = own_project(request, slug)
        values = body_of(TextIn, request)
        images = list(
            TaskRow.objects.filter(project=project, pk__in=values["tasks"]).values_list("image_id", flat=True)
        )
        count = store.decide_text(by=member_of(request), project=project, images=images, clear=values["clear"])
        return Response({"changed": count})


class ReviewQueue(StaffEndpoint):
    @endpoint("review_queue", 404, responses={200: TaskRowOut(many=True)})
    def get(self, request: Request, slug: str) -> Response:
        """What the crowd is least sure of, then a random sample of the rest."""
        return Response(TaskRowOut(quality.review_queue(own_project(request, slug)), many=True).data)


class Flagged(StaffEndpoint):
    @endpoint("flags", 404, responses={200: FlaggedOut(many=True)})
    def get(self, request: Request, slug: str) -> Response:
        return Response(FlaggedOut(quality.flagged(own_project(request, slug)), many=True).data)


def _detail(project: Project, task_id: UUID) -> quality.TaskDetail:
    detail = quality.task_detail(project, task_id)
    if detail is None:
        raise NotFound("There is no such task in this project.")
    return detail
