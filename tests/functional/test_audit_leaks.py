"""`manage.py audit_leaks` against an honest site as it is served; with faults: `test_audit_faults.py`."""

import json

import pytest

from tests.functional.audits import CHANNELS, CREATE, OPEN, audit, draw, verdicts
from tests.functional.site import running

pytestmark = pytest.mark.timeout(600)
LEAVERS = "from webapp.annotations.models import Annotation; print(Annotation.objects.count())"


def test_an_honest_site_fails_nowhere_and_keeps_nothing_but_the_report(tmp_path):
    pictures = draw(tmp_path / "pictures", 240, noise=12, labelled=True, seed=3)
    (tmp_path / "site").mkdir()
    with running(tmp_path / "site", GOLDVEIN_THROTTLE="off", OMP_NUM_THREADS="1") as site:
        site.manage("shell", "-v", "0", "-c", CREATE)
        site.manage("import_images", "sides", pictures, "--gold-share", "0.5")
        site.manage("shell", "-v", "0", "-c", OPEN)

        code, report = audit(site, "--channels", CHANNELS, "--seed", "1")

        assert "failed" not in verdicts(report).values(), report["findings"]
        assert code in (0, 2)
        assert report["questions"] >= 240  # and those skipped
        assert report["attackers"] == 6
        assert 60 < report["gold_questions"] < 180
        kept = list((tmp_path / "site" / "audits").glob("sides-*.json"))
        assert json.loads(kept[0].read_text()) == report
        for _ in range(40):  # leaving is carried out by the worker
            left = int(site.manage("shell", "-v", "0", "-c", LEAVERS))
            if left == 0:
                break
        assert left == 0
