"""Gold: stock, policy, packs, candidates, what is disputed."""

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from api.staff.auth import member_of, own_project
from api.staff.endpoint import OFFSET, WRITERS, StaffEndpoint, body_of, choice_of, endpoint, offset_of, service
from api.staff.shapes import (
    CountOut,
    GoldDecisionIn,
    GoldForecastOut,
    GoldItemOut,
    GoldOut,
    PackDecisionIn,
    PackOut,
    PolicyIn,
)
from quality.store import selectors as quality
from quality.store import services as store
from webapp.projects.models import Project

STATES = ["candidate", "approved", "held", "quarantined", "retired", "disputed"]
PAGE = 100


def _gold(project: Project) -> Response:
    rates = quality.project_progress(project).rates
    found = {"stock": quality.gold_stock(project), "policy": quality.policy(project), "rates": rates}
    return Response(GoldOut(found).data)


class Gold(StaffEndpoint):
    roles = {"PATCH": WRITERS}

    @endpoint("gold", 404, responses={200: GoldOut})
    def get(self, request: Request, slug: str) -> Response:
        return _gold(own_project(request, slug))

    @endpoint("gold_policy", 400, 404, request=PolicyIn, responses={200: GoldOut})
    def patch(self, request: Request, slug: str) -> Response:
        """Change how gold is mixed in, from the next release on, and when a task has answers enough."""
        project = own_project(request, slug)
        values = body_of(PolicyIn, request)
        with service():
            store.set_policy(by=member_of(request), project=project, **values)
        return _gold(project)


class Forecast(StaffEndpoint):
    @endpoint("gold_forecast", 404, responses={200: GoldForecastOut})
    def get(self, request: Request, slug: str) -> Response:
        """For how many days the gold lasts, for the project and for each person."""
        found = quality.gold_forecast(own_project(request, slug), now=timezone.now())
        return Response(GoldForecastOut(found).data)


class Items(StaffEndpoint):
    roles = {"POST": WRITERS}

    @endpoint(
        "gold_items",
        400,
        404,
        parameters=[OpenApiParameter("state", enum=STATES, default="candidate"), OFFSET],
        responses={200: GoldItemOut(many=True)},
    )
    def get(self, request: Request, slug: str) -> Response:
        """At most 100 known answers in one state."""
        project = own_project(request, slug)
        state = choice_of(request, "state", STATES, "candidate")
        if state == "disputed":
            found = quality.disputed_gold(project)
        else:
            found = quality.gold_items(project, state=state, offset=offset_of(request), limit=PAGE)
        return Response(GoldItemOut(found, many=True).data)

    @endpoint("decide_gold", 400, 404, request=GoldDecisionIn, responses={200: CountOut})
    def post(self, request: Request, slug: str) -> Response:
        """approve or reject candidates; quarantine what is in use, or restore it; use what is held back."""
        project, member = own_project(request, slug), member_of(request)
        values = body_of(GoldDecisionIn, request)
        action, tasks = values["action"], values["tasks"]
        with service():
            if action in ("approve", "reject"):
                count = store.decide_gold(by=member, project=project, tasks=tasks, approve=action == "approve")
            elif action == "use":
                count = store.split_gold(by=member, project=project, tasks=tasks)
            else:
                change = store.quarantine if action == "quarantine" else store.restore
                count = change(by=member, project=project, tasks=tasks)
        return Response({"changed": count})


class Packs(StaffEndpoint):
    @endpoint("gold_packs", 404, responses={200: PackOut(many=True)})
    def get(self, request: Request, slug: str) -> Response:
        return Response(PackOut(quality.packs(own_project(request, slug)), many=True).data)


class Pack(StaffEndpoint):
    roles = {"POST": WRITERS}

    @endpoint("decide_pack", 400, 404, request=PackDecisionIn, responses={200: CountOut})
    def post(self, request: Request, slug: str, pack_id: int) -> Response:
        """Use all candidates of a pack as gold, or put them away."""
        project = own_project(request, slug)
        if pack_id not in {pack.id for pack in quality.packs(project)}:
            raise NotFound("There is no such gold pack in this project.")
        decide = store.approve_pack if body_of(PackDecisionIn, request)["action"] == "approve" else store.reject_pack
        with service():
            return Response({"changed": decide(by=member_of(request), pack_id=pack_id)})
