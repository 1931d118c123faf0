"""Where the assist's socket lives."""

from django.urls import path

from inference.transport.consumers import AssistConsumer

websocket_urlpatterns = [path("ws/assist/", AssistConsumer.as_asgi())]
