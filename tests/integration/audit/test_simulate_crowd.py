"""`manage.py simulate_crowd` where it cannot play; how it plays: `tests/functional/test_simulate_crowd.py`."""

import pytest
from django.core.management import CommandError, call_command

from webapp.projects.services import create_project


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["sites"], "There is no project 'sites'."),
        (["sides"], "Nothing is known of any picture of sides, so nobody could play it."),
        (["sides", "--people", "0"], "1 to 500 people"),
        (["sides", "--mix", "angels=1"], "A mix looks like good=6,spammer=1"),
    ],
)
def test_what_cannot_be_played_is_an_error_of_one_sentence(arguments, sentence):
    create_project(by=None, title="Sides", kind="class", prompt="Which side is bright?", labels=["Left", "Right"])

    with pytest.raises(CommandError, match=sentence):
        call_command("simulate_crowd", *arguments)
