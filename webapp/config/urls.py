"""Which pages and endpoints this process serves, by its role."""

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.urls import include, path
from django.urls.resolvers import URLPattern, URLResolver


def healthz(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok", "role": settings.ROLE})


urlpatterns: list[URLPattern | URLResolver] = [path("healthz", healthz), path("", include("webapp.images.urls"))]
if settings.SERVES_STAFF:
    urlpatterns += [
        path("api/v1/staff/", include("api.staff.urls")),
        path("api/schema/", include("api.schema_urls")),
        path("staff/", include("webapp.staff.urls")),
    ]
if settings.SERVES_PLAY:
    urlpatterns += [
        path("api/v1/play/", include("api.play.urls")),
        path("", include("webapp.play.urls")),
        path("accounts/", include("allauth.urls")),
    ]
if settings.SERVES_STAFF:  # staff's error pages for staff's addresses; for all of them where no others are served
    handler400 = "webapp.staff.views.errors.bad_request"
    handler403 = "webapp.staff.views.errors.forbidden"
    handler404 = "webapp.staff.views.errors.missing"
    handler500 = "webapp.staff.views.errors.broken"
