"""The private pages of the game: progress, days of the week, teams. Everything on them was told before (I4)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.factories import GuestFactory, ProjectFactory
from webapp.game.models import LookBack, RoundScore, Team, TeamMember
from webapp.game.progress import days_of_week, progress_of
from webapp.play.charts import SMALL, chart
from webapp.tasks.models import Round


def scored(user, project, score, *, at=None, size=10):
    at = at or timezone.now()
    played = Round.objects.create(project=project, annotator=user, size=size, started_at=at, completed_at=at)
    return RoundScore.objects.create(
        round=played, annotator=user, project=project, score=score, points=score, visible_at=at
    )


@pytest.fixture
def project():
    return ProjectFactory(slug="cells", title="Cells")


def test_the_course_is_the_mean_of_the_last_five_rounds(guest, project):
    now = timezone.now()
    for number, score in enumerate((50, 60, 70, 80, 90, 100)):
        scored(guest, project, score, at=now - timedelta(minutes=10 - number))
    scored(guest, project, 0, at=now + timedelta(seconds=20))  # not shown yet
    (found,) = progress_of(guest, now=now)
    assert [point.score for point in found.overall.points] == [50, 55, 60, 65, 70, 80]
    assert [point.answers for point in found.overall.points] == [10, 20, 30, 40, 50, 50]
    widths = [point.high - point.low for point in found.overall.points]
    assert widths == sorted(widths, reverse=True)


def test_kinds_come_from_looks_back_and_by_their_names(player, guest, project):
    scored(guest, project, 80)
    now = timezone.now()
    for days, score in ((2, 70), (1, 90)):
        shares = [
            {"kinds": ["cat"], "answers": 20, "score": score},
            {"kinds": ["dog", "-nothing"], "answers": 10, "score": 50},
        ]
        LookBack.objects.create(
            annotator=guest,
            project=project,
            answers=30,
            shares=shares,
            visible_at=now - timedelta(days=days),
            credit=25,
            credited_at=now + timedelta(days=days - 1.5),
        )
    (found,) = progress_of(guest, now=now)
    assert [(kind.name, [p.score for p in kind.points]) for kind in found.kinds] == [
        ("Cat", [70, 90]),
        ("Dog or “Nothing here”", [50, 50]),
    ]
    assert found.credit == 25
    page = player.get("/me/progress/").content.decode()
    assert "You were right early: 25 points came later" in page
    assert "90 of 100 over your last 20 such answers" in page
    assert "style=" not in page


def test_nobody_sees_anothers_progress(player, project):
    other = GuestFactory()
    scored(other, project, 80)
    assert "Your first round appears here" in player.get("/me/progress/").content.decode()


def test_a_chart_stays_inside_its_frame(guest, project):
    for score in (0, 100):
        scored(guest, project, score)
    (found,) = progress_of(guest, now=timezone.now())
    drawn = chart(found.overall.points, SMALL)
    corners = [tuple(map(float, pair.split(","))) for pair in f"{drawn.line} {drawn.band}".split()]
    assert all(0 <= x <= drawn.width and 0 <= y <= drawn.height for x, y in corners)
    assert len(drawn.dots) == 2


def test_the_days_of_this_week(guest, project):
    thursday = timezone.now().replace(year=2026, month=1, day=8, hour=12)
    for day in (5, 7, 8):
        scored(guest, project, 80, at=thursday.replace(day=day))
    scored(guest, project, 80, at=thursday.replace(day=4))
    assert days_of_week(guest, now=thursday + timedelta(minutes=1)) == [True, False, True, True, False, False, False]


def test_a_team_is_founded_and_joined_on_its_page(player, guest):
    assert "Found a team" in player.get("/me/team/").content.decode()
    page = player.post("/me/team/", {"action": "create"}, follow=True).content.decode()
    team = Team.objects.get()
    assert f"{team.name} is founded." in page
    assert f"{team.code[:5]}-{team.code[5:]}" in page
    page = player.post("/me/team/", {"action": "leave"}, follow=True).content.decode()
    assert "You have left the team." in page
    assert f'value="{team.code}"' in player.get(f"/me/team/?code={team.code}").content.decode()
    TeamMember.objects.create(annotator=GuestFactory(), team=team, joined_at=timezone.now())
    page = player.post("/me/team/", {"action": "join", "code": team.code}, follow=True).content.decode()
    assert f"Welcome to {team.name}!" in page
    assert "No team has this code" not in page
    assert "You are in a team already" in player.post("/me/team/", {"action": "create"}, follow=True).content.decode()


def test_the_teams_board_is_for_everybody(client):
    page = client.get("/teams/").content.decode()
    assert "No team has played this week" in page
