"""allauth's pages in Goldvein's clothes, and what guests are told there."""

from types import SimpleNamespace

import pytest

from webapp.accounts.adapter import AccountAdapter
from webapp.accounts.forms import SignupForm
from webapp.accounts.models import User

NEW = {"email": "somebody@example.org", "password1": "granite-and-gold", "password2": "granite-and-gold"}


@pytest.mark.parametrize("page", ["login", "signup", "password/reset"])
def test_strangers_see_the_sites_own_pages(client, page, settings):
    settings.SENDS_MAIL = True
    content = client.get(f"/accounts/{page}/").content.decode()
    assert 'class="masthead"' in content
    assert 'class="card stack account-form"' in content


def test_a_site_without_mail_promises_none(client, settings, mailoutbox):
    settings.SENDS_MAIL = False
    for reply in (client.get("/accounts/password/reset/"), client.post("/accounts/password/reset/", NEW)):
        assert "This site sends no e-mail" in reply.content.decode()
    assert mailoutbox == []


@pytest.mark.parametrize("page", ["login", "signup"])
def test_a_guest_is_told_what_becomes_of_their_work(player, guest, page):
    assert guest.pseudonym in player.get(f"/accounts/{page}/").content.decode().split("<main")[1]


def test_a_guest_becomes_an_account_and_stays_the_same_person(player, guest):
    assert player.post("/accounts/signup/?next=/me/", NEW)["Location"] == "/me/"
    assert User.objects.get() == guest
    assert "somebody@example.org" in player.get("/me/").content.decode()


@pytest.mark.parametrize("page", ["email", "password/change", "logout"])
def test_accounts_have_their_pages(player, page):
    player.post("/accounts/signup/", NEW)
    assert 'class="masthead"' in player.get(f"/accounts/{page}/").content.decode()


def test_a_mistake_is_explained_beside_its_field(client):
    content = client.post("/accounts/signup/", {**NEW, "password2": "something else"}).content.decode()
    assert "errorlist" in content


def test_an_address_longer_than_mail_servers_take(client):
    content = client.post(
        "/accounts/signup/", {**NEW, "email": f"a@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 60}.{'f' * 60}.org"}
    )
    assert "An e-mail address has at most 254 characters." in content.content.decode()


def test_a_double_click_signs_up_once(player, guest, monkeypatch):
    """The second request saw a free address and a guest, as the first did."""
    before = User.objects.get()
    assert player.post("/accounts/signup/", NEW).status_code == 302
    assert AccountAdapter().new_user(SimpleNamespace(user=before)).email is None
    monkeypatch.setattr(SignupForm, "clean_email", lambda form: form.cleaned_data["email"])
    reply = player.post("/accounts/signup/", NEW)
    assert (reply.status_code, reply["Location"]) == (302, "/accounts/login/")
    assert User.objects.get() == guest
