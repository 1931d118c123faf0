from django.apps import AppConfig


class StudiesConfig(AppConfig):
    name = "webapp.studies"
    label = "studies"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from webapp.accounts.signals import person_merged
        from webapp.studies.services import merge_people

        def merge(sender: object, *, source, target, **_: object) -> None:
            merge_people(source=source, target=target)

        person_merged.connect(merge, weak=False, dispatch_uid="studies.merge_people")
