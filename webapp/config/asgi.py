"""HTTP and the assist's socket in one application."""

import os
import warnings

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webapp.config.settings")
# WhiteNoise reads static files the synchronous way; they are small, and read whole is how they are wanted.
warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")
http = get_asgi_application()  # first: it sets Django up, which the imports below need

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.security.websocket import AllowedHostsOriginValidator  # noqa: E402

from inference.transport.routing import websocket_urlpatterns  # noqa: E402
from webapp.config.bodies import BoundedBodies  # noqa: E402

application = ProtocolTypeRouter(
    {"http": BoundedBodies(http), "websocket": AllowedHostsOriginValidator(URLRouter(websocket_urlpatterns))}
)
