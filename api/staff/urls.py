"""The API of those who work here."""

from django.urls import path, re_path

from api.common.endpoint import Unknown
from api.staff.views import basics, crowd, exports, fairplay, figures, gold, imports, people, projects, studies, tasks

own = "projects/<slug:slug>"

urlpatterns = [
    path("me", basics.Me.as_view()),
    path("people", people.People.as_view()),
    path("people/<str:username>", people.Person.as_view()),
    path("projects", projects.Projects.as_view()),
    path(own, projects.Project.as_view()),
    path(f"{own}/state", projects.State.as_view()),
    path(f"{own}/labels", projects.Labels.as_view()),
    path(f"{own}/common-path", projects.Path.as_view()),
    path(f"{own}/progress", projects.Progress.as_view()),
    path(f"{own}/imports", imports.Imports.as_view()),
    path(f"{own}/imports/upload", imports.Upload.as_view()),
    path(f"{own}/imports/<int:job_id>", imports.Import.as_view()),
    path(f"{own}/gold", gold.Gold.as_view()),
    path(f"{own}/gold/forecast", gold.Forecast.as_view()),
    path(f"{own}/gold/items", gold.Items.as_view()),
    path(f"{own}/gold/packs", gold.Packs.as_view()),
    path(f"{own}/gold/packs/<int:pack_id>", gold.Pack.as_view()),
    path(f"{own}/tasks", tasks.Tasks.as_view()),
    path(f"{own}/tasks/retire", tasks.Retirement.as_view()),
    path(f"{own}/tasks/text", tasks.Text.as_view()),
    path(f"{own}/tasks/<uuid:task_id>", tasks.Task.as_view()),
    path(f"{own}/tasks/<uuid:task_id>/influences", tasks.Influences.as_view()),
    path(f"{own}/tasks/<uuid:task_id>/review", tasks.Review.as_view()),
    path(f"{own}/tasks/<uuid:task_id>/flags", tasks.Flags.as_view()),
    path(f"{own}/review", tasks.ReviewQueue.as_view()),
    path(f"{own}/flags", tasks.Flagged.as_view()),
    path(f"{own}/annotators", crowd.Annotators.as_view()),
    path(f"{own}/annotators/<uuid:annotator_id>", crowd.Annotator.as_view()),
    path(f"{own}/annotators/<uuid:annotator_id>/profile", crowd.Profile.as_view()),
    path(f"{own}/arms", crowd.Arms.as_view()),
    path(f"{own}/agreement", figures.Agreement.as_view()),
    path(f"{own}/calibration", figures.Calibration.as_view()),
    path(f"{own}/fair-play", fairplay.FairPlay.as_view()),
    path(f"{own}/audits", figures.Audits.as_view()),
    path(f"{own}/studies", studies.Studies.as_view()),
    path(f"{own}/studies/<int:study_id>", studies.Study.as_view()),
    path(f"{own}/studies/<int:study_id>/trials", studies.Trials.as_view()),
    path(f"{own}/exports", exports.Exports.as_view()),
    path(f"{own}/exports/<int:job_id>", exports.Export.as_view()),
    path(f"{own}/exports/<int:job_id>/file", exports.ExportFile.as_view()),
    re_path("", Unknown.as_view()),
]
