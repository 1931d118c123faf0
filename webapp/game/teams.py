"""Teams: made, joined by a code and left by their members (the volunteer tier), rated by the worker."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Count, F, Q
from django.utils import timezone

from webapp.accounts.models import User
from webapp.accounts.names import ADJECTIVES, MINERALS
from webapp.game.figures import NOTHING, field_of, rating, week_start
from webapp.game.ledger import summed
from webapp.game.models import RoundScore, Team, TeamMember, TeamStanding

MOST_MEMBERS = 30
TOP = 20
NAME_TRIES = 20
IN_ONE = "You are in a team already. Leave it first, if you want to change."
_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # none that is taken for another


class TeamError(ValueError):
    """What cannot be done; the message is one sentence for the person who asked."""


@dataclass(frozen=True)
class TeamPlace:
    """One line of the teams' board; `rating` 1-100, 0 = has not played yet."""

    rank: int
    name: str
    members: int
    rounds: int
    rating: int
    is_mine: bool


@dataclass(frozen=True)
class OwnTeam:
    """The viewer's team. `members`: names of those who do not hide, the viewer's own first."""

    name: str
    code: str
    members: list[str]
    hidden: int
    rating: int
    rating_week: int


@transaction.atomic
def create_team(*, by: User) -> Team:
    """A new team with a generated name, and `by` in it. Raises TeamError for who is in one."""
    _refuse_members(by)
    for attempt in range(NAME_TRIES):
        name = f"Team {secrets.choice(ADJECTIVES).title()} {secrets.choice(MINERALS).title()}"
        if attempt >= NAME_TRIES // 2:
            name += f" {secrets.randbelow(900) + 100}"
        try:
            with transaction.atomic():
                team = Team.objects.create(name=name, code="".join(secrets.choice(_LETTERS) for _ in range(10)))
        except IntegrityError:
            continue
        _enter(by, team)
        return team
    raise TeamError("No free name for a team was found; please try again.")


@transaction.atomic
def join_team(*, by: User, code: str) -> Team:
    """Into the team of that code, however it is spaced. Raises TeamError: in a team already, no such code, full."""
    _refuse_members(by)
    team = Team.objects.filter(code="".join(code.upper().split()).replace("-", "")).first()
    if team is None:
        raise TeamError("No team has this code. Please look at it again: ten letters and figures.")
    if TeamMember.objects.filter(team=team).count() >= MOST_MEMBERS:
        raise TeamError(f"{team.name} is full: a team has {MOST_MEMBERS} members at most.")
    _enter(by, team)
    return team


def leave_team(*, by: User) -> None:
    """Out of the team, if in one; what was played for it goes with the person. Safe to repeat."""
    TeamMember.objects.filter(annotator=by).delete()


def _refuse_members(by: User) -> None:
    if TeamMember.objects.filter(annotator=by).exists():
        raise TeamError(IN_ONE)


def _enter(by: User, team: Team) -> None:
    try:
        with transaction.atomic():
            TeamMember.objects.create(annotator=by, team=team, joined_at=timezone.now())
    except IntegrityError:  # another tab of theirs was faster
        raise TeamError(IN_ONE) from None


def follow_merged_people() -> None:
    """A guest's team becomes the account's, unless that is in one of its own."""
    for guest in TeamMember.objects.exclude(annotator__merged_into=None).select_related("annotator"):
        account = guest.annotator.merged_into_id
        with transaction.atomic():
            if account and not TeamMember.objects.filter(annotator=account).exists():
                TeamMember.objects.create(annotator_id=account, team_id=guest.team_id, joined_at=guest.joined_at)
            guest.delete()


def own_team(user: User) -> OwnTeam | None:
    """The viewer's team, with its code; only members ever see it."""
    team = Team.objects.filter(members__annotator=user).first()
    if team is None:
        return None
    others = TeamMember.objects.filter(team=team).exclude(annotator=user)
    rows = list(others.order_by("joined_at").values_list("annotator__pseudonym", "annotator__on_boards"))
    standing = TeamStanding.objects.filter(team=team).values_list("rating", "rating_week").first() or (0, 0)
    shown = [name for name, on_boards in rows if on_boards]
    return OwnTeam(team.name, team.code, [user.pseudonym, *shown], len(rows) - len(shown), *standing)


def team_board(*, viewer: User | None, week: bool) -> list[TeamPlace]:
    """The best teams, and the viewer's own wherever it stands; equal ratings share a place."""
    column, rounds = ("rating_week", "rounds_week") if week else ("rating", "rounds")
    played = TeamStanding.objects.filter(**{f"{column}__gt": 0})
    rows = list(
        played.order_by(f"-{column}", "team__name").values_list("team", "team__name", "members", rounds, column)
    )
    mine = TeamMember.objects.filter(annotator=viewer).values_list("team", flat=True).first() if viewer else None
    places: list[TeamPlace] = []
    rank, last = 0, None
    for position, (team, name, members, count, value) in enumerate(rows, start=1):
        rank, last = (rank, last) if value == last else (position, value)
        if position <= TOP or team == mine:
            places.append(TeamPlace(rank, name, members, count, value, team == mine))
    return places


def refresh(*, now: datetime, all_of_them: bool) -> int:
    """Rate the teams whose members changed, or all; drop those that everybody left. Returns how many were rated."""
    TeamMember.objects.filter(annotator__is_active=False).delete()
    Team.objects.filter(members=None).delete()
    public = Count("members", filter=Q(members__annotator__on_boards=True))
    changed = Team.objects.annotate(public=public)
    if not all_of_them:
        changed = changed.filter(~Q(public=F("standing__members")) | Q(standing=None))
    members = dict(changed.values_list("pk", "public"))
    if members:
        _rate(members, now)
    return len(members)


def _rate(members: dict[UUID, int], now: datetime) -> None:
    shown = RoundScore.objects.filter(visible_at__lte=now, annotator__is_active=True)
    field = field_of(summed(shown, by="annotator").values())
    theirs = shown.filter(
        annotator__on_boards=True,
        annotator__team_membership__team__in=members,
        visible_at__gte=F("annotator__team_membership__joined_at"),
    )
    overall = summed(theirs, by="annotator__team_membership__team")
    weekly = summed(theirs.filter(visible_at__gte=week_start(now)), by="annotator__team_membership__team")
    rows = [
        TeamStanding(
            team_id=team,
            members=count,
            rounds=overall.get(team, NOTHING).rounds,
            rounds_week=weekly.get(team, NOTHING).rounds,
            rating=rating(overall.get(team, NOTHING), field),
            rating_week=rating(weekly.get(team, NOTHING), field),
        )
        for team, count in members.items()
    ]
    columns = ["members", "rounds", "rounds_week", "rating", "rating_week"]
    TeamStanding.objects.bulk_create(rows, update_conflicts=True, unique_fields=["team"], update_fields=columns)
