"""A small project to be audited, and what an audit of it says."""

import json
import subprocess
import sys

import numpy as np
from PIL import Image
from scipy import ndimage

from tests.functional.site import ROOT

CHANNELS = "ids,order,responses,timing,files,features,records"
CREATE = (
    "from webapp.projects import services as s; from quality.store.services import set_policy;"
    "p = s.create_project(by=None, title='Sides', kind='class', prompt='Which side is bright?',"
    " labels=['Left', 'Right'], ethics_reference='none', data_licence='CC0');"
    "set_policy(by=None, project=p, rate=0.33, score_delay_seconds=5)"
)
OPEN = (
    "from webapp.projects.models import Project; from webapp.projects.services import open_project;"
    "open_project(by=None, project=Project.objects.get(slug='sides'))"
)


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
        timeout=540, check=False,
    )  # fmt: skip
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout.splitlines()[0])


def verdicts(report):
    """Of each channel the gravest."""
    found = {}
    for finding in report["findings"]:
        found.setdefault(finding["channel"], set()).add(finding["verdict"])
    return {name: "failed" if "failed" in said else min(said) for name, said in found.items()}
