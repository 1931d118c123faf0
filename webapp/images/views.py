"""Serving pictures: in the loop of every task, so nothing but a read of the file."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from webapp.images import store


@require_safe
def picture(request: HttpRequest, name: str) -> HttpResponse:
    """The bytes under constant headers: nothing tells a picture's age or kind (I2, I3)."""
    if not store.NAME.fullmatch(name):
        raise Http404("No such picture.")
    try:
        data = store.picture_path(name).read_bytes()
    except OSError:
        raise Http404("No such picture.") from None
    response = HttpResponse(data, content_type="image/webp")
    response["Cache-Control"] = "private, max-age=31536000, immutable"
    return response
