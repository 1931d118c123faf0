"""`manage.py simulate_crowd` against a served site: people play through the API, the site tells them apart."""

import json

import numpy as np
import pytest
from PIL import Image

from tests.functional.site import running

CREATE = (
    "from webapp.projects import services as s; from quality.store.services import set_policy;"
    "p = s.create_project(by=None, title='Sides', kind='class', prompt='Which side is bright?',"
    " labels=['Left', 'Right', 'None'], redundancy=14, ethics_reference='none', data_licence='CC0');"
    "set_policy(by=None, project=p, rate=0.33, score_delay_seconds=5)"
)
OPEN = (
    "from webapp.projects.models import Project; from webapp.projects.services import open_project;"
    "open_project(by=None, project=Project.objects.get(slug='sides'))"
)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    rows, rng = ["image,label"], np.random.default_rng(0)
    for number in range(60):
        label = ("left", "right", "none")[number % 3]
        pixels = rng.integers(40, 90, (64, 64), dtype=np.uint8)
        if label != "none":
            pixels[:, :32] += 120 if label == "left" else 0
            pixels[:, 32:] += 120 if label == "right" else 0
        Image.fromarray(pixels).save(folder / f"{number:02d}.png")
        rows.append(f"{number:02d}.png,{label}")
    (folder / "labels.csv").write_text("\n".join(rows) + "\n")
    with running(tmp_path_factory.mktemp("home"), GOLDVEIN_THROTTLE="off", OMP_NUM_THREADS="1") as site:
        site.manage("shell", "-v", "0", "-c", CREATE)
        site.manage("import_images", "sides", str(folder), "--gold-share", "0.5")
        site.manage("shell", "-v", "0", "-c", OPEN)
        yield site


def test_a_crowd_plays_and_the_site_tells_its_kinds_apart(site):
    mix = ["--mix", "good=2,spammer=1", "--people", "6", "--rounds", "3", "--seed", "1", "--seconds", "120"]

    told = json.loads(site.manage("simulate_crowd", "sides", "--url", site.url, "--json", *mix))

    kinds = {row["kind"]: row for row in told["kinds"]}
    assert {name: row["people"] for name, row in kinds.items()} == {"good": 4, "spammer": 2}
    assert kinds["good"]["answers"] == 120
    assert kinds["spammer"]["answers"] == 60
    assert kinds["good"]["rounds"] == 12
    assert kinds["good"]["unknown"] == 0
    assert kinds["good"]["round_score"] > kinds["spammer"]["round_score"] + 20
    assert kinds["good"]["true_score"] > 0.85 > 0.6 > kinds["spammer"]["true_score"]
    assert kinds["good"]["n_gold"] >= 15
    assert kinds["good"]["reliability"] > kinds["spammer"]["reliability"] + 0.15


SUGGEST = (
    "from webapp.projects.models import Project; from quality.store.services import set_policy;"
    "set_policy(by=None, project=Project.objects.get(slug='sides'), proposal_share=0.3, planted_share=0.5)"
)


def test_rubber_stampers_leave_everything_as_it_was_filled_in(site):
    site.manage("shell", "-v", "0", "-c", SUGGEST)
    mix = ["--mix", "good=1,rubber-stamper=1", "--people", "8", "--rounds", "3", "--seed", "2", "--seconds", "150"]

    told = json.loads(site.manage("simulate_crowd", "sides", "--url", site.url, "--json", *mix))

    good, stamp = (next(row for row in told["kinds"] if row["kind"] == kind) for kind in ("good", "rubber-stamper"))
    # How many a crowd meets is up to chance, some 15 each; so few say enough, since good people put every second right.
    assert stamp["kept"] == stamp["filled"] >= 5
    assert good["filled"] >= 5
    assert good["kept"] < good["filled"]
