"""`manage.py audit_leaks` against served sites: an honest one, and one with faults planted in it."""

import json
import subprocess
import sys

import numpy as np
from PIL import Image
from scipy import ndimage

from tests.functional.site import ROOT, running

CHANNELS = "ids,order,responses,timing,files,features,records"
CREATE = (
    "from webapp.projects import services as s; from quality.store.services import set_policy;"
    "p = s.create_project(by=None, title='Sides', kind='class', prompt='Which side is bright?',"
    " labels=['Left', 'Right'], ethics_reference='none', data_licence='CC0');"
    "set_policy(by=None, project=p, rate=0.33)"
)
OPEN = (
    "from webapp.projects.models import Project; from webapp.projects.services import open_project;"
    "open_project(by=None, project=Project.objects.get(slug='sides'))"
)
LEAVERS = "from webapp.annotations.models import Annotation; print(Annotation.objects.count())"


def draw(folder, number, *, noise, labelled, seed):
    """Pictures of a bright side under noise, ten of each of their slides, with labels where `labelled`."""
    folder.mkdir()
    rows, rng = ["image,label,group"], np.random.default_rng(seed)
    for i in range(number):
        texture = ndimage.gaussian_filter(rng.standard_normal((96, 96)), 5)
        pixels = 110 + 25 * texture / texture.std() + noise * rng.standard_normal((96, 96))
        side = ("left", "right")[i % 2]
        pixels[:, :48] += 50 if side == "left" else 0
        pixels[:, 48:] += 50 if side == "right" else 0
        Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(folder / f"{seed}-{i:03d}.png")
        rows.append(f"{seed}-{i:03d}.png,{side},{seed}-{i // 5}")
    if labelled:
        (folder / "labels.csv").write_text("\n".join(rows) + "\n")
    return str(folder)


def audit(site, *arguments):
    """Exit code and report."""
    command = ["audit_leaks", "sides", "--url", site.url, "--people", "6", "--rounds", "4", "--json", *arguments]
    done = subprocess.run(
        [sys.executable, "manage.py", *command], cwd=ROOT, env=site.environment, capture_output=True, text=True,
        timeout=280, check=False,
    )  # fmt: skip
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout.splitlines()[0])


def verdicts(report):
    """Of each channel the gravest."""
    found = {}
    for finding in report["findings"]:
        found.setdefault(finding["channel"], set()).add(finding["verdict"])
    return {name: "failed" if "failed" in said else min(said) for name, said in found.items()}


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
