"""Projects: what they say, whether they are open, how they stand."""

from rest_framework.request import Request
from rest_framework.response import Response

from api.staff.auth import member_of, own_project
from api.staff.endpoint import WRITERS, StaffEndpoint, body_of, endpoint, service
from api.staff.shapes import (
    CommonPathShape,
    LabelShape,
    NewProjectIn,
    ProgressOut,
    ProjectStateIn,
    ProjectTextsIn,
    StaffProjectDetailOut,
    StaffProjectOut,
)
from quality.store import selectors as quality
from webapp.images.pipeline import CommonPath
from webapp.images.services import common_path_of, set_common_path
from webapp.projects.selectors import projects_of
from webapp.projects.services import add_labels, close_project, create_project, open_project, update_project


class Projects(StaffEndpoint):
    roles = {"POST": WRITERS}

    @endpoint("projects", responses={200: StaffProjectOut(many=True)})
    def get(self, request: Request) -> Response:
        return Response(StaffProjectOut(projects_of(member_of(request)), many=True).data)

    @endpoint("new_project", 400, request=NewProjectIn, responses={201: StaffProjectDetailOut})
    def post(self, request: Request) -> Response:
        values = body_of(NewProjectIn, request)
        with service():
            project = create_project(by=member_of(request), **values)
        return Response(StaffProjectDetailOut(project).data, status=201)


class Project(StaffEndpoint):
    roles = {"PATCH": WRITERS}

    @endpoint("project", 404, responses={200: StaffProjectDetailOut})
    def get(self, request: Request, slug: str) -> Response:
        return Response(StaffProjectDetailOut(own_project(request, slug)).data)

    @endpoint("update_project", 400, 404, request=ProjectTextsIn, responses={200: StaffProjectDetailOut})
    def patch(self, request: Request, slug: str) -> Response:
        project = own_project(request, slug)
        values = body_of(ProjectTextsIn, request)
        with service():
            update_project(by=member_of(request), project=project, **values)
        return Response(StaffProjectDetailOut(project).data)


class State(StaffEndpoint):
    roles = {"POST": WRITERS}

    @endpoint("project_state", 400, 404, 409, request=ProjectStateIn, responses={200: StaffProjectDetailOut})
    def post(self, request: Request, slug: str) -> Response:
        """Open the project to volunteers, or close it. It needs an ethics reference, a licence and labels."""
        project = own_project(request, slug)
        change = open_project if body_of(ProjectStateIn, request)["open"] else close_project
        with service(409):
            change(by=member_of(request), project=project)
        return Response(StaffProjectDetailOut(project).data)


class Labels(StaffEndpoint):
    roles = {"POST": WRITERS}

    @endpoint("labels", 400, 404, request=LabelShape(many=True), responses={200: LabelShape(many=True)})
    def post(self, request: Request, slug: str) -> Response:
        """Append to the label set, or change labels whose key is there already."""
        project = own_project(request, slug)
        entries = body_of(LabelShape, request, many=True)
        with service():
            add_labels(by=member_of(request), project=project, labels=entries)
        return Response(LabelShape(project.labels.all(), many=True).data)


class Path(StaffEndpoint):
    roles = {"PUT": WRITERS}

    @endpoint("common_path", 404, responses={200: CommonPathShape})
    def get(self, request: Request, slug: str) -> Response:
        return Response(CommonPathShape(common_path_of(own_project(request, slug))).data)

    @endpoint("set_common_path", 400, 404, 409, request=CommonPathShape, responses={200: CommonPathShape})
    def put(self, request: Request, slug: str) -> Response:
        """How strongly pictures are treated; what is not given is gentle. Only while the project has none yet."""
        project = own_project(request, slug)
        path = CommonPath(**body_of(CommonPathShape, request))
        with service(409):
            set_common_path(by=member_of(request), project=project, path=path)
        return Response(CommonPathShape(path).data)


class Progress(StaffEndpoint):
    @endpoint("progress", 404, responses={200: ProgressOut})
    def get(self, request: Request, slug: str) -> Response:
        return Response(ProgressOut(quality.project_progress(own_project(request, slug))).data)
