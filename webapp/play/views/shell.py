"""The service worker: keeps the round page usable without a connection (secure contexts only)."""

import hashlib
import json

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

_ENTRIES = ("src/play/main.tsx", "src/play/pages.ts")


@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    """Served from the root, since a service worker rules only over its own folder and what lies below."""
    assets = sorted(shell_assets(_manifest()))
    version = hashlib.sha256("\n".join(assets).encode()).hexdigest()[:12]
    script = render_to_string("play/sw.js", {"assets": json.dumps(assets), "version": version})
    response = HttpResponse(script, content_type="text/javascript")
    response["Cache-Control"] = "no-cache"
    return response


def shell_assets(manifest: dict[str, dict]) -> set[str]:
    """Addresses of the scripts and styles that the play pages need, shared pieces among them, by Vite's manifest."""
    names: set[str] = set()
    waiting = [entry for entry in _ENTRIES if entry in manifest]
    seen = set(waiting)
    while waiting:
        chunk = manifest[waiting.pop()]
        names.update([chunk["file"], *chunk.get("css", [])])
        further = [name for name in chunk.get("imports", []) if name not in seen]
        seen.update(further)
        waiting += further
    return {settings.STATIC_URL + name for name in names}


def _manifest() -> dict[str, dict]:
    path = settings.FRONTEND_DIST / ".vite" / "manifest.json"
    return json.loads(path.read_text()) if path.exists() else {}
