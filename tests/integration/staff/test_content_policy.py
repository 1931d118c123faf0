"""Every answer says the same about what its page may load, and no page needs an exception."""

import re

import pytest

from webapp.config.policy import CONTENT_POLICY

pytestmark = pytest.mark.django_db

INLINE = re.compile(rb"<style|\sstyle=|\son[a-z]+=|javascript:|<script(?![^>]*\ssrc=)(?![^>]*application/json)")
STAFF = ("", "people/", "account/", "projects/new/", "login/", "nowhere/")
OWN = ("", "settings/", "imports/", "gold/", "tasks/", "duplicates/", "review/", "flags/", "annotators/", "exports/",
       "practice/", "fair-play/")  # fmt: skip
PLAY = (
    "",
    "about/",
    "privacy/",
    "consent/",
    "leaderboard/",
    "teams/",
    "projects/cells/",
    "accounts/login/",
    "nowhere/",
)


def test_every_page_bears_the_policy_and_nothing_inline(office):
    admin, guest = office.browser("admin"), office.browser("stranger")
    paths = [(admin, f"/staff/{path}") for path in STAFF]
    paths += [(admin, f"/staff/projects/cells/{path}") for path in (*OWN, f"tasks/{office.task.pk}/")]
    paths += [(guest, f"/{path}") for path in (*PLAY, "healthz", "api/v1/staff/me", "sw.js")]
    for client, path in paths:
        reply = client.get(path)
        assert reply["Content-Security-Policy"] == CONTENT_POLICY, path
        if reply["Content-Type"].startswith("text/html"):
            assert INLINE.findall(reply.content) == [], path


def test_the_policy_lets_nothing_in_from_elsewhere():
    assert "default-src 'self'" in CONTENT_POLICY
    assert "unsafe" not in CONTENT_POLICY
    assert "*" not in CONTENT_POLICY
