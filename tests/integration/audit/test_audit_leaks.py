"""`manage.py audit_leaks`: what it refuses, and which report is kept. The attack itself: `tests/functional`."""

import pytest
from django.core.management import CommandError, call_command

from quality.audit import selectors
from quality.audit.services import keep_report
from webapp.projects.services import create_project


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["sites"], "There is no project 'sites'."),
        (["sides", "--people", "0"], "1 to 200 attackers"),
        (["sides", "--channels", "ids,smell"], "asked for was 'ids,smell'"),
        (["sides", "--url", "http://127.0.0.1:9"], "The site at http://127.0.0.1:9 does not answer"),
    ],
)
def test_what_cannot_be_audited_is_an_error_of_one_sentence(arguments, sentence):
    create_project(by=None, title="Sides", kind="class", prompt="Which side is bright?", labels=["Left", "Right"])

    with pytest.raises(CommandError, match=sentence):
        call_command("audit_leaks", *arguments)


@pytest.mark.django_db
def test_the_last_report_is_the_one_shown():
    project = create_project(by=None, title="Sides", kind="class", prompt="Which?", labels=["Left", "Right"])
    assert selectors.last_report(project) is None

    keep_report(project=project, report={"verdict": "failed", "findings": []})
    newest = keep_report(project=project, report={"verdict": "passed", "findings": []})

    assert selectors.last_report(project).id == newest
    assert [report.verdict for report in selectors.reports(project)] == ["passed", "failed"]
