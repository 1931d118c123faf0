"""A Chromium to drive: the system's if there is one, else Playwright's own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
]


def find() -> tuple[str | None, str | None]:
    """(path of the browser, None) or (None, why there is none)."""
    named = os.environ.get("GOLDVEIN_TEST_CHROMIUM")
    if named:
        return (
            (named, None)
            if Path(named).exists()
            else (None, f"Chromium: GOLDVEIN_TEST_CHROMIUM names {named}, which is not there.")
        )
    for name in NAMES:
        if path := shutil.which(name):
            return path, None
    return _playwrights_own()


def _playwrights_own() -> tuple[str | None, str | None]:
    subprocess.run(
        [sys.executable, "-m", "playwright", "install", "chromium"],
        check=False,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    if Path(path).exists():
        return path, None
    return None, "Chromium: none is installed and Playwright's own could not be fetched; install the package chromium."
