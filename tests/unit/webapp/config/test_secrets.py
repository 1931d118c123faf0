"""The key that the embedded default makes for itself."""

import os

import pytest

from webapp.config.secrets import secret_key


@pytest.fixture(autouse=True)
def _nothing_given(monkeypatch):
    monkeypatch.delenv("GOLDVEIN_SECRET_KEY", raising=False)


def test_a_key_is_made_once_for_each_side_of_the_wall(tmp_path):
    site, play = secret_key(tmp_path / "new", "staff"), secret_key(tmp_path / "new", "play")
    assert len(site) == len(play) == 50
    assert site != play
    assert secret_key(tmp_path / "new", "worker") == site
    assert sorted(file.name for file in (tmp_path / "new").iterdir()) == ["secret-key-play", "secret-key-site"]
    assert (tmp_path / "new" / "secret-key-site").stat().st_mode & 0o777 == 0o600


def test_a_key_that_a_kill_or_a_full_disk_cut_short_is_none(tmp_path, monkeypatch):
    with monkeypatch.context() as killed:
        killed.setattr("webapp.config.secrets.get_random_secret_key", interrupted)
        with pytest.raises(KeyboardInterrupt):
            secret_key(tmp_path, "staff")
    assert len(secret_key(tmp_path, "staff")) == 50


def test_of_two_that_start_at_once_both_have_the_same_key(tmp_path, monkeypatch):
    link = os.link

    def late(mine, file):
        file.write_text("the other's")
        link(mine, file)

    monkeypatch.setattr("webapp.config.secrets.os.link", late)
    assert secret_key(tmp_path, "staff") == "the other's"


def interrupted():
    raise KeyboardInterrupt
