"""The volunteer's pages."""

from django.urls import path

from webapp.play.views import accounts, boards, consent, home, me, projects, shell, studies, teams

urlpatterns = [
    path("", home.home, name="home"),
    path("about/", home.about, name="about"),
    path("privacy/", home.privacy, name="privacy"),
    path("accounts/password/reset/", accounts.PasswordReset.as_view(), name="account_reset_password"),
    path("consent/", consent.consent, name="consent"),
    path("projects/<slug:slug>/", projects.tutorial, name="tutorial"),
    path("play/<slug:slug>/", projects.play, name="play"),
    path("practice/<slug:slug>/", projects.practice, name="practice"),
    path("rounds/<uuid:round_id>/", projects.round_summary, name="round-summary"),
    path("leaderboard/", boards.boards, name="boards"),
    path("teams/", teams.board, name="teams"),
    path("leaderboard/<slug:slug>/", boards.board, name="board"),
    path("me/", me.me, name="me"),
    path("me/progress/", me.progress, name="progress"),
    path("me/team/", teams.own, name="team"),
    path("me/data/", me.data, name="my-data"),
    path("me/boards/", me.on_boards, name="on-boards"),
    path("me/leave/", me.leave, name="leave"),
    path("goodbye/", me.goodbye, name="goodbye"),
    path("studies/<slug:slug>/", studies.study, name="study"),
    path("studies/<slug:slug>/question/", studies.question, name="study-question"),
    path("sw.js", shell.service_worker, name="service-worker"),
]
