"""Figures of a whole project: how far people agree, whether labels are as good as they say, what attackers found."""

from rest_framework.request import Request
from rest_framework.response import Response

from api.staff.auth import own_project
from api.staff.endpoint import StaffEndpoint, endpoint
from api.staff.shapes import AuditOut, FiguresOut
from quality.audit.selectors import reports
from quality.store.figures import Name, figures_of


class Agreement(StaffEndpoint):
    @endpoint("agreement", 404, responses={200: FiguresOut})
    def get(self, request: Request, slug: str) -> Response:
        """Coefficients over open tasks with 95 % intervals over pictures and over people (`rows`), and of every pair of
        the busiest people (`pairs`)."""
        return Response(FiguresOut(figures_of(own_project(request, slug), Name.AGREEMENT)).data)


class Calibration(StaffEndpoint):
    @endpoint("calibration", 404, responses={200: FiguresOut})
    def get(self, request: Request, slug: str) -> Response:
        """Estimated against realised quality on gold and on held-back truths, and how many open labels would be
        released; see the page of that name."""
        return Response(FiguresOut(figures_of(own_project(request, slug), Name.CALIBRATION)).data)


class Audits(StaffEndpoint):
    @endpoint("audits", 404, responses={200: AuditOut(many=True)})
    def get(self, request: Request, slug: str) -> Response:
        """The last ten leak audits, the newest first."""
        return Response(AuditOut(reports(own_project(request, slug)), many=True).data)
