from django.apps import AppConfig


class StoreConfig(AppConfig):
    name = "quality.store"
    label = "quality_store"
    default_auto_field = "django.db.models.BigAutoField"
