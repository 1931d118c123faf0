"""Limits on requests: per person, and for people who are nobody yet per address (a whole class may share one)."""

from dataclasses import dataclass

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from webapp.accounts import limits


@dataclass(frozen=True)
class Limit:
    """At most `per_minute` requests a minute and person to everything that shares `scope`."""

    scope: str
    per_minute: int


OTHERWISE = Limit("api", 300)


class PerPerson(BaseThrottle):
    """Applies the `limits` of an endpoint: method -> Limit. Refusals are 429 with Retry-After."""

    retry_after = 0

    def allow_request(self, request: Request, view: APIView) -> bool:
        if not settings.THROTTLE:
            return True
        limit: Limit = getattr(view, "limits", {}).get(request.method, OTHERWISE)
        who = request.user.pk if request.user is not None else self.get_ident(request)
        self.retry_after = limits.hit(f"{limit.scope}:{who}", limit=limit.per_minute, seconds=60)
        return self.retry_after == 0

    def wait(self) -> int:
        return self.retry_after
