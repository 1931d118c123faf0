from django.apps import AppConfig


class AnnotationsConfig(AppConfig):
    name = "webapp.annotations"
    label = "annotations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from webapp.accounts.signals import person_merged
        from webapp.annotations.merging import merge_people

        def merge(sender: object, *, source, target, **_: object) -> None:
            merge_people(source=source, target=target)

        person_merged.connect(merge, weak=False, dispatch_uid="annotations.merge_people")
