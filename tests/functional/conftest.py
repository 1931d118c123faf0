"""A browser at two sizes: a phone with touch and a laptop."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests import browsers
from tests.functional import site as sites
from tests.functional.player import Player

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
LAPTOP = {"viewport": {"width": 1280, "height": 800}}
SCREENS = {"phone": PHONE, "laptop": LAPTOP}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = os.environ.get("GOLDVEIN_TEST_CHROMIUM") or browsers.find()[0]
    if path is None:
        pytest.skip("No Chromium to drive.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=browsers.FLAGS)
        yield browser
        browser.close()


@pytest.fixture(params=list(SCREENS))
def screen(request: pytest.FixtureRequest, browser: Browser) -> Iterator[BrowserContext]:
    """A fresh browser profile at each of the two sizes."""
    context = browser.new_context(**SCREENS[request.param])
    context.set_default_timeout(15_000)
    yield context
    context.close()


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sites.Site]:
    """The demonstration as `make run` loads and serves it; loaded once for all processes that run tests."""
    mine = tmp_path_factory.getbasetemp()
    shared = (mine.parent if os.environ.get("PYTEST_XDIST_WORKER") else mine) / "demo-loaded"
    with open(shared.with_suffix(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not shared.exists():
            part = tmp_path_factory.mktemp("demo-loading")
            sites.load_demo(part)
            part.rename(shared)
    home = Path(shutil.copytree(shared, tmp_path_factory.mktemp("demo") / "home"))
    with sites.running(home) as running:
        yield running


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sites.Site]:
    """An empty site, where a crowd may play as fast as it can."""
    with sites.running(tmp_path_factory.mktemp("site"), GOLDVEIN_THROTTLE="off") as running:
        yield running


@pytest.fixture
def player(screen: BrowserContext, site: sites.Site, request: pytest.FixtureRequest) -> Player:
    return Player(screen, site.url, size=request.node.callspec.params["screen"])
