"""Teams: a generated name, a code to come in by, a rating from what was played since; hidden people stay hidden."""

import pytest
from django.utils import timezone

from tests.players import play_tier
from webapp.accounts import services as accounts
from webapp.game import services as game
from webapp.game import teams
from webapp.game.models import Board, Team, TeamMember, TeamStanding

pytestmark = pytest.mark.django_db


def refresh() -> None:
    Board.objects.all().delete()  # the worker's clock has not come by since the last round
    game.tick(timezone.now())


def test_a_team_is_founded_joined_and_left(site):
    ada, ben = site.volunteer(), site.volunteer()
    with play_tier():
        team = teams.create_team(by=ada)
        assert team.name.startswith("Team ")
        assert teams.join_team(by=ben, code=f" {team.code[:5].lower()}-{team.code[5:]} ") == team
        found = teams.own_team(ben)
    assert found.members == [ben.pseudonym, ada.pseudonym]
    assert found.code == team.code
    with play_tier():
        teams.leave_team(by=ada)
        teams.leave_team(by=ada)
        assert teams.own_team(ada) is None
    assert teams.own_team(ben).members == [ben.pseudonym]


def test_what_cannot_be_done_is_said(site, monkeypatch):
    ada, ben, eve = (site.volunteer() for _ in range(3))
    team = teams.create_team(by=ada)
    with pytest.raises(teams.TeamError, match="You are in a team already"):
        teams.create_team(by=ada)
    with pytest.raises(teams.TeamError, match="No team has this code"):
        teams.join_team(by=ben, code="AAAAA-AAAAA")
    monkeypatch.setattr(teams, "MOST_MEMBERS", 2)
    teams.join_team(by=ben, code=team.code)
    with pytest.raises(teams.TeamError, match="is full: a team has 2 members at most"):
        teams.join_team(by=eve, code=team.code)


def test_of_two_tabs_that_found_or_join_at_once_one_does(site, monkeypatch):
    ada, ben = site.volunteer(), site.volunteer()
    team = teams.create_team(by=ada)
    monkeypatch.setattr(teams, "_refuse_members", lambda by: None)  # the other tab was not there yet when it was asked
    with play_tier():
        with pytest.raises(teams.TeamError, match="You are in a team already"):
            teams.create_team(by=ada)
        teams.join_team(by=ben, code=team.code)
        with pytest.raises(teams.TeamError, match="You are in a team already"):
            teams.join_team(by=ben, code=team.code)
    assert Team.objects.count() == 1


def test_only_what_was_played_in_the_team_counts_for_it(site):
    ada, ben = site.volunteer(), site.volunteer()
    site.play_round(ada, score=20)
    team = teams.create_team(by=ada)
    teams.join_team(by=ben, code=team.code)
    for person in (ada, ben, ben):
        site.play_round(person, score=90)
    refresh()
    standing = TeamStanding.objects.get()
    assert (standing.members, standing.rounds, standing.rounds_week) == (2, 3, 3)
    (place,) = teams.team_board(viewer=ben, week=True)
    assert (place.rank, place.name, place.members, place.is_mine) == (1, team.name, 2, True)


def test_careful_teams_stand_above_busy_ones(site):
    careful, busy = site.volunteer(), site.volunteer()
    names = [teams.create_team(by=person).name for person in (careful, busy)]
    for _ in range(4):
        site.play_round(careful, score=90)
    for _ in range(12):
        site.play_round(busy, score=70)
    refresh()
    assert [place.name for place in teams.team_board(viewer=None, week=False)] == names


def test_who_hides_is_neither_listed_nor_counted_and_who_left_is_gone(site):
    ada, shy, leaver = (site.volunteer() for _ in range(3))
    team = teams.create_team(by=ada)
    for person in (shy, leaver):
        teams.join_team(by=person, code=team.code)
        site.play_round(person, score=90)
    accounts.show_on_boards(by=shy, shown=False)
    accounts.request_deletion(by=leaver, keep_answers=True)
    accounts.tick(timezone.now())
    refresh()
    found = teams.own_team(ada)
    assert (found.members, found.hidden) == ([ada.pseudonym], 1)
    assert TeamStanding.objects.get().rounds == 0
    assert not TeamMember.objects.filter(annotator=leaver).exists()


def test_a_team_that_everybody_left_is_dropped(site):
    ada = site.volunteer()
    teams.create_team(by=ada)
    teams.leave_team(by=ada)
    game.tick(timezone.now())
    assert not Team.objects.exists()


def test_a_guests_team_becomes_the_accounts(site):
    guest, account = site.volunteer(), site.volunteer()
    account.email = "ada@example.org"
    account.save(update_fields=["email"])
    team = teams.create_team(by=guest)
    accounts.join_account(guest=guest, account=account)
    game.tick(timezone.now())
    assert TeamMember.objects.get().annotator == account
    assert teams.own_team(account).name == team.name
