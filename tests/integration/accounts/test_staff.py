"""Staff: a password of their own, sessions out of the volunteers' reach, and patience with nobody who guesses."""

import pytest
from django.core.management import CommandError, call_command
from django.test import RequestFactory

from webapp.accounts import services, staff
from webapp.accounts.models import StaffMember, StaffSession
from webapp.accounts.sessions import StaffSessionStore

PASSWORD = "quartz-lantern"
pytestmark = pytest.mark.django_db


@pytest.fixture
def member() -> StaffMember:
    return services.create_staff(username="mod", password=PASSWORD, role="moderator")


def request_of(session_key: str | None = None):
    request = RequestFactory().get("/staff/")
    request.session = StaffSessionStore(session_key)
    return request


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"role": "king"}, "The role must be one of researcher, moderator, admin; it is 'king'."),
        ({"username": " "}, "The user name must have 1 to 64 printable characters."),
        ({"username": "MOD"}, "The user name 'MOD' is taken."),
        ({"password": "short"}, "This password is too short. It must contain at least 8 characters."),
    ],
)
def test_what_cannot_be_staff_is_refused_with_a_sentence(member, change, sentence):
    wanted = {"username": "new", "password": PASSWORD, "role": "researcher", **change}
    with pytest.raises(services.Refused) as refusal:
        services.create_staff(**wanted)
    assert str(refusal.value) == sentence
    assert StaffMember.objects.count() == 1


def test_only_administrators_add_staff(member):
    with pytest.raises(services.Refused, match="Only administrators"):
        services.create_staff(by=member, username="new", password=PASSWORD, role="admin")


def test_name_and_password_open_the_door(member):
    assert staff.authenticate_staff("Mod", PASSWORD) == member
    assert staff.authenticate_staff("mod", "wrong") is None
    assert staff.authenticate_staff("nobody", PASSWORD) is None


def test_who_was_sent_away_does_not_come_in(member):
    StaffMember.objects.update(is_active=False)
    assert staff.authenticate_staff("mod", PASSWORD) is None


def test_an_unknown_name_costs_as_much_hashing_as_a_known_one(member, monkeypatch):
    hashed = []
    monkeypatch.setattr(staff, "make_password", lambda password: hashed.append("unknown"))
    monkeypatch.setattr(staff, "check_password", lambda *args: hashed.append("known"))
    staff.authenticate_staff("nobody", "x")
    staff.authenticate_staff("mod", "x")
    assert hashed == ["unknown", "known"]


def test_guessing_is_stopped_by_name_and_by_address(member):
    for _ in range(staff.TRIES_PER_NAME):
        staff.authenticate_staff("mod", "wrong", address="192.0.2.1")
    with pytest.raises(staff.TooManyTries, match="Too many tries to log in; please wait"):
        staff.authenticate_staff("mod", PASSWORD, address="192.0.2.2")
    for number in range(staff.TRIES_PER_ADDRESS - staff.TRIES_PER_NAME):
        staff.authenticate_staff(f"nobody{number}", "wrong", address="192.0.2.1")
    with pytest.raises(staff.TooManyTries):
        staff.authenticate_staff("somebody", PASSWORD, address="192.0.2.1")


def test_a_session_lasts_until_the_password_changes(member):
    request = request_of()
    staff.staff_login(request, member)
    request.session.save()
    assert staff.current_staff(request_of(request.session.session_key)) == member
    services.set_staff_password(member=member, password="another-lantern")
    assert staff.current_staff(request_of(request.session.session_key)) is None


def test_logging_out_ends_the_session(member):
    request = request_of()
    staff.staff_login(request, member)
    request.session.save()
    staff.staff_logout(request)
    assert not StaffSession.objects.exists()
    assert staff.current_staff(request) is None


def test_a_key_is_shown_once_and_known_by_its_hash(member):
    key = staff.new_staff_token(by=member, name="laptop")
    assert staff.staff_of_token(key) == member
    assert staff.staff_of_token(key + "x") is None
    StaffMember.objects.update(is_active=False)
    assert staff.staff_of_token(key) is None


def test_the_first_administrator_comes_in_by_the_command_line(monkeypatch, capsys):
    monkeypatch.setenv("ADA_PASSWORD", PASSWORD)
    call_command("create_staff", "ada", "--password-env", "ADA_PASSWORD")
    assert capsys.readouterr().out == "ada may now work here as admin.\n"
    found = staff.authenticate_staff("ada", PASSWORD)
    assert found is not None
    assert found.role == "admin"
    with pytest.raises(CommandError, match="The user name 'ada' is taken."):
        call_command("create_staff", "ada", "--generate")
