"""The page that shows the last leak audit."""

from quality.audit.services import keep_report

OWN = "/staff/projects/cells/"

REPORT = {
    "verdict": "failed",
    "attackers": 6,
    "questions": 240,
    "gold_questions": 51,
    "tasks": 120,
    "sources": 24,
    "scored_rounds": 24,
    "multiplicity": {"attacks": 2},
    "findings": [
        {
            "channel": "timing",
            "attack": "trees",
            "verdict": "failed",
            "why": "separates gold from open: 0.81",
            "limit": 0.6,
            "auc": 0.8123,
            "low": 0.74,
            "high": 0.88,
            "upper": 0.87,
        },
        {
            "channel": "networks",
            "attack": "high-pass",
            "verdict": "not certifiable",
            "why": "too few sources: 24, 25 are needed",
            "limit": 0.7,
        },
    ],
}


def test_before_the_first_audit_the_page_says_how_to_make_one(office):
    body = office.browser("researcher").get(f"{OWN}audits/").content.decode()

    assert f"manage.py audit_leaks {office.project.slug}" in body


def test_the_last_audit_is_shown_with_what_it_could_not_certify(office):
    keep_report(project=office.project, report={**REPORT, "verdict": "passed", "findings": []})
    keep_report(project=office.project, report=REPORT)

    body = office.browser("researcher").get(f"{OWN}audits/").content.decode()

    assert "0.812" in body
    assert "0.74 to 0.88" in body
    assert "too few sources: 24, 25 are needed" in body
    assert "Earlier audits" in body


def test_programs_read_the_same_reports(office):
    keep_report(project=office.project, report={**REPORT, "verdict": "passed", "findings": []})
    keep_report(project=office.project, report=REPORT)

    newest, oldest = office.program("researcher").get("/api/v1/staff/projects/cells/audits").json()

    assert (newest["verdict"], oldest["verdict"]) == ("failed", "passed")
    assert newest["report"] == REPORT
