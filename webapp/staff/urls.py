"""The pages of those who work here."""

from django.urls import path, re_path

from webapp.staff.views import (
    assist,
    audits,
    crowd,
    entrance,
    evidence,
    exports,
    fairplay,
    figures,
    gold,
    imports,
    people,
    practice,
    projects,
    review,
    settings,
    studies,
    tasks,
    volumes,
)

app_name = "staff"
own = "projects/<slug:slug>/"

urlpatterns = [
    path("login/", entrance.log_in, name="login"),
    path("logout/", entrance.log_out, name="logout"),
    path("account/", entrance.account, name="account"),
    path("people/", people.people, name="people"),
    path("assist/", assist.assist, name="assist"),
    path("", projects.index, name="index"),
    path("projects/new/", projects.new, name="new"),
    path(own, projects.overview, name="overview"),
    path(f"{own}settings/", settings.edit, name="settings"),
    path(f"{own}imports/", imports.imports, name="imports"),
    path(f"{own}imports/<int:job_id>/", imports.job, name="import"),
    path(f"{own}gold/", gold.gold, name="gold"),
    path(f"{own}practice/", practice.practice, name="practice"),
    path(f"{own}tasks/", tasks.gallery, name="tasks"),
    path(f"{own}duplicates/", tasks.alike, name="duplicates"),
    path(f"{own}review/", review.queue, name="review"),
    path(f"{own}review/volumes/", volumes.volumes, name="volumes"),
    path(f"{own}flags/", review.flags, name="flags"),
    path(f"{own}tasks/<uuid:task_id>/", review.task, name="task"),
    path(f"{own}annotators/", crowd.annotators, name="annotators"),
    path(f"{own}annotators/<uuid:annotator_id>/", crowd.annotator, name="annotator"),
    path(f"{own}tasks/<uuid:task_id>/map.png", evidence.task_map, name="task_map"),
    path(f"{own}agreement/", figures.agreement, name="agreement"),
    path(f"{own}calibration/", figures.calibration, name="calibration"),
    path(f"{own}fair-play/", fairplay.fairplay, name="fairplay"),
    path(f"{own}audits/", audits.audits, name="audits"),
    path(f"{own}studies/", studies.studies, name="studies"),
    path(f"{own}studies/<int:study_id>/", studies.study, name="study"),
    path(f"{own}studies/<int:study_id>/trials.csv", studies.trials, name="study_trials"),
    path(f"{own}exports/", exports.exports, name="exports"),
    path(f"{own}exports/<int:job_id>/file/", exports.download, name="export_file"),
    re_path(r"", entrance.nowhere, name="nowhere"),
]
