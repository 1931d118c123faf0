"""The socket's looks into the database: behind the allow-list, one query a prompt."""

from contextlib import contextmanager

import pytest
from django.db import connection

from inference.transport import access

entered = []


@contextmanager
def recording(connection):
    """Stands where `settings.GOLDVEIN_BLIND` points; notes that the guard was up."""
    entered.append("up")
    yield
    entered.append("down")


def test_i1_every_look_runs_behind_the_guard(table, settings):
    settings.GOLDVEIN_BLIND = f"{__name__}.recording"
    entered.clear()
    unguarded = []

    def watch(execute, sql, params, many, context):
        if len(entered) % 2 == 0:
            unguarded.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        access.user_of_session("nobody")
        access.user_of_token("nobody")
        assert access.picture_in_hand(table.ada.id, table.claimed.id) is not None
    assert entered == ["up", "down"] * 3
    assert unguarded == []


def test_i1_the_guard_refuses_what_the_list_does_not_name(table):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL keeps the list by the role's own privileges")
    from django.db.utils import DatabaseError

    from webapp.images.models import Image

    with access._guard(), pytest.raises(DatabaseError):
        connection.cursor().execute("SELECT count(score) FROM transport_proposal")
    assert Image.objects.exists()  # and is gone afterwards


def test_a_token_of_no_proper_text_is_nobodys(table):
    assert access.user_of_token("\ud800") is None


def test_one_query_a_prompt(table, django_assert_num_queries):
    with django_assert_num_queries(1):
        picture = access.picture_in_hand(table.ada.id, table.claimed.id)
    assert picture == access.Picture(table.claimed.task.image.file, 96, 80, str(table.project.id))


def test_a_person_who_was_switched_off_is_nobody(table):
    from django.contrib.auth import get_user_model

    assert access.picture_in_hand(table.ada.id, table.claimed.id)
    get_user_model().objects.filter(id=table.ada.id).update(is_active=False)
    assert access.picture_in_hand(table.ada.id, table.claimed.id) is None


def test_what_is_asked_without_any_help_gets_none(table):
    table.claimed.unaided = True
    table.claimed.save()
    assert access.picture_in_hand(table.ada.id, table.claimed.id) is None
