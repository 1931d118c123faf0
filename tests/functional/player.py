"""A person at the browser: what they see, tap and drag. No shortcuts past the page."""

import math
from pathlib import Path

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, expect

SCREENSHOTS = Path(__file__).parent / "screenshots"
AXE = Path(__file__).resolve().parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
LOOK_MS = 700


class Player:
    """One browser page of a volunteer. `touch`: fingers instead of a mouse."""

    def __init__(self, context: BrowserContext, url: str, *, size: str) -> None:
        self.page: Page = context.new_page()
        self.url = url
        self.size = size
        self.touch = size == "phone"
        self.problems: list[str] = []
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("console", self._hear)

    def _hear(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            self.problems.append(message.text)

    def visit(self, path: str) -> None:
        self.page.goto(self.url + path)

    def tap(self, locator: Locator) -> None:
        locator.tap() if self.touch else locator.click()

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=False)

    def agree(self) -> None:
        """Pass the consent page if it is shown."""
        if "/consent/" in self.page.url:
            self.tap(self.button("I agree"))
            self.page.wait_for_url(lambda url: "/consent/" not in url)

    def begin(self, project: str) -> None:
        """From the list of projects to the first picture, as a newcomer goes."""
        self.visit("/")
        self.tap(self.page.locator(f'a[href="/projects/{project}/"]').last)
        self.page.wait_for_url(f"**/projects/{project}/")
        self.tap(self.page.get_by_role("link", name="Start a round").or_(self.button("Start a round")).first)
        self.page.wait_for_url(lambda url: "/consent/" in url or "/play/" in url)
        self.agree()
        self.page.wait_for_url(f"**/play/{project}/")

    def sees_picture(self, position: int) -> None:
        """Wait until picture `position` of the round is asked about."""
        progress = self.page.locator(".progress strong")
        expect(progress).to_have_text(str(position), timeout=30_000)
        expect(self.page.locator(".stage__cover")).to_have_count(0, timeout=30_000)
        # A person looks before they tap; the page takes a tap in the first moment as meant for the last picture.
        self.page.wait_for_timeout(LOOK_MS)

    def send(self) -> None:
        """Press Next (or Finish)."""
        button = self.page.locator(".panel__go .button--primary")
        expect(button).to_have_attribute("aria-disabled", "false")
        self.tap(button)

    def drag(self, x1: float, y1: float, x2: float, y2: float) -> None:
        """Draw across the stage from one point to another, in shares of the stage's width and height."""
        box = self.page.locator(".stage__canvas").bounding_box()
        assert box is not None
        points = [
            (box["x"] + box["width"] * (x1 + (x2 - x1) * t / 8), box["y"] + box["height"] * (y1 + (y2 - y1) * t / 8))
            for t in range(9)
        ]
        self._through(points)

    def _through(self, points: list[tuple[float, float]]) -> None:
        if self.touch:
            self._swipe(points)
            return
        self.page.mouse.move(*points[0])
        self.page.mouse.down()
        for point in points[1:]:
            self.page.mouse.move(*point)
        self.page.mouse.up()

    def _swipe(self, points: list[tuple[float, float]]) -> None:
        session = self.page.context.new_cdp_session(self.page)
        kinds = ["touchStart"] + ["touchMove"] * (len(points) - 1)
        for kind, (x, y) in zip(kinds, points, strict=True):
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
        session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        session.detach()

    def draw_ring(self, radius: float = 0.15) -> None:
        """Draw once round the middle of the stage; `radius` in shares of its shorter side."""
        box = self.page.locator(".stage__canvas").bounding_box()
        assert box is not None
        reach = radius * min(box["width"], box["height"])
        middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        turns = [2 * math.pi * step / 24 for step in range(26)]
        self._through([(middle[0] + reach * math.cos(turn), middle[1] + reach * math.sin(turn)) for turn in turns])

    def screenshot(self, name: str) -> None:
        SCREENSHOTS.mkdir(exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}-{self.size}.png")

    def check_accessibility(self) -> None:
        """axe finds nothing on this page."""
        self.page.evaluate(AXE.read_text())
        found = self.page.evaluate("async () => (await axe.run()).violations")
        told = [f"{v['id']}: {v['help']} ({v['nodes'][0]['html'][:120]})" for v in found]
        assert told == [], f"axe on {self.page.url}:\n" + "\n".join(told)
