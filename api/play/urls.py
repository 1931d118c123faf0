"""The volunteers' API. Names that outsiders rely on: add, never rename."""

from django.urls import path, re_path

from api.common.endpoint import Unknown
from api.play.views import joining, me, playing, practice, projects, teams

urlpatterns = [
    path("join", joining.Join.as_view()),
    path("projects", projects.Projects.as_view()),
    path("projects/<slug:slug>", projects.ProjectDetail.as_view()),
    path("projects/<slug:slug>/next", playing.Next.as_view()),
    path("projects/<slug:slug>/practice", practice.Practice.as_view()),
    path("practice/<uuid:item_id>", practice.PracticeAnswer.as_view()),
    path("assignments/<uuid:assignment_id>/annotation", playing.Annotation.as_view()),
    path("assignments/<uuid:assignment_id>/skip", playing.Skip.as_view()),
    path("assignments/<uuid:assignment_id>/flag", playing.Flag.as_view()),
    path("rounds/<uuid:round_id>", me.Round.as_view()),
    path("leaderboard", me.Leaderboard.as_view()),
    path("teams", teams.Teams.as_view()),
    path("me/team", teams.MyTeam.as_view()),
    path("me", me.Me.as_view()),
    path("me/data", me.MyData.as_view()),
    re_path("", Unknown.as_view()),
]
