"""The processes that serve pages and sockets never import torch; they must start fast and stay small."""

import os
import subprocess
import sys

import pytest

CODE = """
import sys
from webapp.config.asgi import application
from webapp.config import urls
from inference.transport import backends, consumers, prefetch, tasks
from inference.transport.routing import websocket_urlpatterns
heavy = sorted({"torch", "segment_anything", "diffusers", "transformers"} & set(sys.modules))
assert not heavy, heavy
assert websocket_urlpatterns and application
"""


@pytest.mark.once
@pytest.mark.parametrize("role", ["play", "staff", "worker"])
def test_no_torch_in_the_web_process(role, tmp_path):
    environment = os.environ | {"GOLDVEIN_ROLE": role, "GOLDVEIN_HOME": str(tmp_path)}
    run = subprocess.run(
        [sys.executable, "-c", CODE], env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert run.returncode == 0, run.stderr
