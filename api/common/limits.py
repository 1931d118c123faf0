"""Limits on requests: per person, and for people who are nobody yet per address."""

from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from webapp.accounts.limits import Limit, wait_of

OTHERWISE = Limit("api", 300)


class PerPerson(BaseThrottle):
    """Applies the `limits` of an endpoint: method -> Limit. Refusals are 429 with Retry-After."""

    retry_after = 0

    def allow_request(self, request: Request, view: APIView) -> bool:
        limit: Limit = getattr(view, "limits", {}).get(request.method, OTHERWISE)
        self.retry_after = wait_of(limit, request._request, person=request.user)
        return self.retry_after == 0

    def wait(self) -> int:
        return self.retry_after
