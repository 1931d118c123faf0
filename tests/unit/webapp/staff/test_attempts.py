"""What is said after a form was sent."""

from webapp.staff.attempts import are


def test_one_is_and_more_are():
    assert are(1, "task") == "1 task is"
    assert [are(count, "flag") for count in (0, 2)] == ["0 flags are", "2 flags are"]
