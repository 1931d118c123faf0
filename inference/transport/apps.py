from importlib import import_module

from django.apps import AppConfig


class TransportConfig(AppConfig):
    name = "inference.transport"
    label = "transport"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import_module("inference.transport.checks")  # registers itself
