"""`manage.py audit_leaks` against a served site with faults planted in it."""

import pytest

from tests.functional.audits import CHANNELS, CREATE, OPEN, audit, draw, verdicts
from tests.functional.site import running

pytestmark = pytest.mark.timeout(600)


def test_planted_faults_of_a_site_are_found(tmp_path):
    # Also the pictures are at fault: gold has a third less noise.
    open_ = draw(tmp_path / "open", 120, noise=15, labelled=False, seed=1)
    gold = draw(tmp_path / "gold", 120, noise=10, labelled=True, seed=2)
    (tmp_path / "site").mkdir()
    faulty = {"DJANGO_SETTINGS_MODULE": "tests.integration.audit.faulty_settings", "OMP_NUM_THREADS": "1"}
    with running(tmp_path / "site", GOLDVEIN_THROTTLE="off", **faulty) as site:
        site.manage("shell", "-v", "0", "-c", CREATE)
        site.manage("import_images", "sides", open_)
        site.manage("import_images", "sides", gold, "--gold-share", "1")
        site.manage("shell", "-v", "0", "-c", OPEN)

        code, report = audit(site, "--channels", CHANNELS)

    told = verdicts(report)
    assert code == 1
    assert report["verdict"] == "failed"
    assert {name for name, verdict in told.items() if verdict == "failed"} >= {
        "ids", "order", "responses", "timing", "features",
    }  # fmt: skip
    responses = next(finding for finding in report["findings"] if finding["channel"] == "responses")
    assert {best["figure"] for best in responses["strongest"]} >= {
        "next: bytes less its list ahead", "next: header pragma is there",
    }  # fmt: skip
