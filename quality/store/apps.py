from django.apps import AppConfig


class StoreConfig(AppConfig):
    name = "quality.store"
    label = "quality_store"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from quality.store.merged import answers_removed
        from webapp.accounts import signals

        def removed(sender: object, *, task_ids, **_: object) -> None:
            answers_removed(task_ids)

        signals.answers_removed.connect(removed, weak=False, dispatch_uid="quality_store.answers_removed")
