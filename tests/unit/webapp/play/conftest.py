import pytest
from django_vite.core.asset_loader import DjangoViteAssetLoader

from tests.integration import behind_the_wall
from webapp.accounts import services
from webapp.accounts.models import User
from webapp.accounts.sessions import PLAY_COOKIE, PlaySessionStore


@pytest.fixture(autouse=True)
def _no_built_frontend(settings, monkeypatch):
    """Pages name their scripts without a build: what Vite made is tried out in the browser tests."""
    settings.DJANGO_VITE = {"default": {"dev_mode": True}}
    monkeypatch.setattr(DjangoViteAssetLoader, "_instance", None)


@pytest.fixture(autouse=True)
def _wall(db, play_role, monkeypatch):
    behind_the_wall.put_up(monkeypatch)


@pytest.fixture
def guest() -> User:
    return services.join_guest(consent_version=services.consent_text().version)[0]


@pytest.fixture
def player(client, guest):
    """A browser in which `guest` plays."""
    session = PlaySessionStore()
    session.update({"_auth_user_id": str(guest.pk), "_auth_user_backend": BACKEND})
    session["_auth_user_hash"] = guest.get_session_auth_hash()
    session.save()
    client.cookies[PLAY_COOKIE] = session.session_key
    return client


BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
