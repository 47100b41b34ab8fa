"""The pages in a real browser on a slow machine: `uv run -m trials.speed.browser`; wants Debian's Chromium.

A question, a report and a matrix of 200 people, signed in, on a phone of 360 pixels and on a screen of 1280, with the
processor slowed down four times and nothing in the browser's cache: first and largest contentful paint, how far the
layout shifts, how long the page ignores input. Then answers to the quiz, by finger or mouse and by key, and the
buttons that bring the next question: how long until the browser shows that it heard (interaction to next paint), and
what moved meanwhile. With `--lighthouse PATH` also Lighthouse's scores; trials/speed/README.md says how to get it.

Ends with 1 when a goal is missed, with 2 when there is no browser.
"""

import argparse
import json
import math
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parent.parent.parent
from trials.speed import servers
from trials.speed.filling import collect, environments, fill
from trials.speed.run import machine

PAGES = {"quiz": "quiz page", "report": "report", "matrix": "matrix of 200"}
SCREENS = {
    360: {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True, "device_scale_factor": 3},
    1280: {"viewport": {"width": 1280, "height": 800}},
}
SLOWED = 4
CATEGORIES = ("performance", "best-practices", "accessibility", "seo")
GOAL_MS, GOAL_SCORE = 100, 95
# Lighthouse's phone: 150 ms away, 1.6 Mbit/s. A page arrives in pieces and must not move when the next one comes.
SLOW_LINE = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 750e3 / 8}
# The metric forgives a shift within half a second of an input. This is longer, so every shift counts.
LATE_MS = 600
# The browser counts in steps of 8 ms and reports no shorter events.
SHORTEST_MS = 16
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]

# Runs before anything of the page. The metric forgives a shift just after an input; here it is counted by itself.
WATCH = f"""
window.seen = {{ paint: 0, largest: 0, long: [], shifts: [], events: [] }};
const watch = (type, note, options) =>
  new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({{ type, buffered: true, ...options }});
watch("paint", (entry) => {{ if (entry.name === "first-contentful-paint") seen.paint = entry.startTime; }});
watch("largest-contentful-paint", (entry) => {{ seen.largest = entry.startTime; }});
watch("longtask", (entry) => seen.long.push([entry.startTime, entry.duration]));
watch("layout-shift", (entry) => seen.shifts.push([
  entry.startTime, entry.value,
  entry.sources.map((source) => source.node && (source.node.id || source.node.className || source.node.nodeName)),
]));
watch("event", (entry) => {{
  if (entry.interactionId) seen.events.push([entry.interactionId, entry.duration, entry.name]);
}}, {{ durationThreshold: {SHORTEST_MS} }});
"""
# Two frames later the change is painted; after a third the browser has reported it.
PAINTED = """() => document.fonts.ready.then(() => new Promise((done) => {
  let frames = 4;
  const next = () => (frames-- ? requestAnimationFrame(next) : setTimeout(done, 0));
  next();
}))"""


def main() -> None:
    options = _options()
    chromium = shutil.which(options.chromium)
    if chromium is None:
        refuse(f"no browser: there is no {options.chromium} here (Debian: apt-get install chromium)")
    if options.lighthouse and shutil.which(options.lighthouse) is None:
        refuse(f"no Lighthouse: {options.lighthouse} can't be run (trials/speed/README.md says how to install it)")
    with tempfile.TemporaryDirectory(prefix="rungwise-browser-") as name:
        folder = Path(options.folder or name)
        folder.mkdir(parents=True, exist_ok=True)
        found = environments(options, folder)
        if options.keep:
            collect(found["product"])
        else:
            fill(folder, found, options)
        asked = json.loads((folder / "product.json").read_text())
        print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {options.database}; {machine()}", flush=True)
        server = servers.wsgi("product", "config.wsgi", found["product"], folder, options.workers)
        missed: list[str] = []
        try:
            if options.times:
                with sync_playwright() as playwright:
                    browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
                    print(f"Chromium {browser.version}, processor slowed {options.slowed} times")
                    missed += loads(browser, server.port, asked, options)
                    missed += answers(browser, server.port, asked, options)
                    browser.close()
            if options.lighthouse:
                missed += lighthouse(chromium, server.port, asked, options)
        finally:
            server.stop()
    if missed:
        print("", "Missed:", *(f"- {what}" for what in missed), sep="\n")
        sys.exit(1)


def refuse(why: str) -> None:
    print(f"browser.py: {why}", file=sys.stderr)
    sys.exit(2)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--postgres", default="postgres://postgres@127.0.0.1:5432", help="a server that lets us in")
    parser.add_argument("--chromium", default="chromium", help="the browser, by name or path")
    parser.add_argument("--lighthouse", metavar="PATH", help="Lighthouse's command; without it, no scores")
    parser.add_argument("--times", type=int, default=5, help="each page is opened, the median counts; 0 for no page")
    parser.add_argument("--widths", type=int, nargs="*", choices=tuple(SCREENS), default=[*SCREENS])
    parser.add_argument("--slowed", type=int, default=SLOWED, help="times, the processor")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--big", type=int, default=0, help="members of another organisation")
    parser.add_argument("--keep", action="store_true", help="open what an earlier run filled in the same --folder")
    parser.add_argument("--folder", help="where everything goes; a new temporary one unless said")
    return parser.parse_args()


@contextmanager
def visit(browser: Browser, port: int, cookies: str, screen: int, slowed: int) -> Iterator[Page]:
    """A page in a browser profile of its own, signed in, on a slow machine."""
    context = browser.new_context(base_url=f"http://127.0.0.1:{port}", locale="en-GB", **SCREENS[screen])
    context.set_default_timeout(60_000)
    pairs = [pair.split("=", 1) for pair in cookies.split("; ") if pair]
    context.add_cookies([{"name": name, "value": value, "url": f"http://127.0.0.1:{port}"} for name, value in pairs])
    context.add_init_script(WATCH)
    page = context.new_page()
    cdp = context.new_cdp_session(page)
    cdp.send("Emulation.setCPUThrottlingRate", {"rate": slowed})
    cdp.send("Network.enable")
    cdp.send("Network.emulateNetworkConditions", SLOW_LINE)
    try:
        yield page
    finally:
        context.close()


def seen(page: Page) -> dict[str, Any]:
    page.evaluate(PAINTED)
    return dict(page.evaluate("() => seen"))


def loads(browser: Browser, port: int, asked: dict[str, Any], options: argparse.Namespace) -> list[str]:
    """Opens each page a few times; prints a row each, returns the goals that were missed."""
    print("", "| Page | Width | First paint ms | Largest paint ms | Blocked ms | Layout shift |", sep="\n")
    print("|---|--:|--:|--:|--:|--:|", flush=True)
    missed = []
    for name, action in PAGES.items():
        for screen in options.widths:
            found = [_load(browser, port, asked[action][0], screen, options) for _ in range(options.times)]
            first, largest, blocked = (statistics.median(values) for values in list(zip(*found, strict=True))[:3])
            shift = max(row[3] for row in found)
            print(f"| {name} | {screen} | {first:.0f} | {largest:.0f} | {blocked:.0f} | {shift:.4f} |", flush=True)
            if shift:
                missed.append(f"{name} at {screen}: the layout shifts by {shift:.4f} while it loads")
    return missed


def _load(
    browser: Browser, port: int, asked: dict[str, Any], screen: int, options: argparse.Namespace
) -> tuple[float, float, float, float]:
    """First paint, largest paint, blocked milliseconds, and shift, to the bottom of the page and back."""
    with visit(browser, port, asked["headers"]["Cookie"], screen, options.slowed) as page:
        page.goto(asked["path"], wait_until="load")
        at_rest = seen(page)
        for place in ("document.body.scrollHeight", "0"):
            page.evaluate(f"() => window.scrollTo(0, {place})")
            after = seen(page)
        blocked = sum(max(0, long - 50) for began, long in at_rest["long"] if began + long > at_rest["paint"])
        return at_rest["paint"], at_rest["largest"], blocked, sum(shift[1] for shift in after["shifts"])


type Figures = tuple[list[float], list[float]]
"""Of each interaction: milliseconds, and how far the layout shifted."""


def answers(browser: Browser, port: int, asked: dict[str, Any], options: argparse.Namespace) -> list[str]:
    """Answers by pointer and by key, each in drafts of its own; prints rows, returns the goals that were missed."""
    head = ["Interaction", "By", "Width", "Count", "Median ms", "98th percentile ms", "Worst ms", "Layout shift"]
    print("", f"| {' | '.join(head)} |", "|---|---|--:|--:|--:|--:|--:|--:|", sep="\n", flush=True)
    missed = []
    drafts = iter(asked["quiz page"])
    for screen in options.widths:
        for way in ("finger" if "has_touch" in SCREENS[screen] else "mouse", "key"):
            draft = next(drafts)
            found: dict[str, Figures] = {"answer": ([], []), "next question": ([], [])}
            # A person who changes earlier answers, and a visitor who answers for the first time.
            with visit(browser, port, draft["headers"]["Cookie"], screen, options.slowed) as page:
                page.goto(draft["path"])
                first = page.locator(".jump-to").first.get_attribute("value")
                page.goto(f"{draft['path'].partition('?')[0]}?at={first}")
                _wait_for_me(page)
                _rate(page, way, found)
            with visit(browser, port, "", screen, options.slowed) as page:
                page.goto("/quiz/start/")
                page.get_by_role("button", name="Start", exact=True).click()
                _wait_for_me(page)
                _rate(page, way, found)
            for what, (times, shifts) in found.items():
                times.sort()
                late, shift = times[math.ceil(0.98 * len(times)) - 1], max(shifts)
                figures = [len(times), *(_ms(value) for value in (statistics.median(times), late, times[-1]))]
                print(f"| {' | '.join(map(str, [what, way, screen, *figures, f'{shift:.4f}']))} |", flush=True)
                if what != "answer":
                    continue
                if late >= GOAL_MS:
                    missed.append(f"{what} by {way} at {screen}: {late:.0f} ms to the next paint")
                if shift:
                    missed.append(f"{what} by {way} at {screen}: the layout shifts by {shift:.4f}")
    return missed


def _ms(value: float) -> str:
    return f"{value:.0f}" if value > SHORTEST_MS else f"≤ {SHORTEST_MS}"


def _rate(page: Page, way: str, found: dict[str, Figures]) -> None:
    """Change every answer, over a line so slow that the server's replies come late."""
    # Keys do nothing until the script has loaded.
    page.wait_for_load_state()
    cdp = page.context.new_cdp_session(page)
    cdp.send("Network.enable")
    cdp.send("Network.emulateNetworkConditions", SLOW_LINE | {"latency": LATE_MS})
    while True:
        _note(page, found["answer"], lambda: _answer(page, way))
        if page.locator(".jump-to").last.get_attribute("aria-current"):
            return
        _note(page, found["next question"], lambda: _go_on(page, way))


def _wait_for_me(page: Page) -> None:
    """Let the question stay after an answer, so that the two are measured apart."""
    page.locator(".more > summary").click()
    page.locator(".more [value=by-hand]").click()
    expect(page.locator(".more [value=by-itself]")).to_be_attached()


def _answer(page: Page, way: str) -> None:
    """Choose an answer other than the present one."""
    chosen = page.locator("#answer [name=step][aria-pressed=true]")
    value = "4" if chosen.count() and chosen.get_attribute("value") == "3" else "3"
    if way == "key":
        page.keyboard.press(value)
    else:
        _press(page.locator(f".rung[value='{value}']"), way)
    expect(page.locator("#save")).to_have_attribute("data-state", "saving")
    expect(page.locator("#save")).to_have_attribute("data-state", "saved")


def _go_on(page: Page, way: str) -> None:
    before = page.locator("#question").inner_text()
    if way == "key":
        page.keyboard.press("ArrowRight")
    else:
        _press(page.locator("#onward [value=next]"), way)
    more = page.locator("main.moment .ways a")
    expect(page.locator("#question").or_(more)).not_to_have_text(before)
    if more.count():
        more.click()
        expect(page.locator("#question")).to_be_visible()


def _press(what: Locator, way: str) -> None:
    what.tap() if way == "finger" else what.click()


def _note(page: Page, into: Figures, act: Callable[[], None]) -> None:
    """Do it, and note its longest event and what it moved until the page was still."""
    before = seen(page)
    act()
    after = seen(page)
    lasted = [duration for _, duration, _ in after["events"][len(before["events"]) :]]
    moved = after["shifts"][len(before["shifts"]) :]
    into[0].append(max(lasted, default=SHORTEST_MS))
    into[1].append(sum(shift[1] for shift in moved))
    if moved:
        what = ", ".join(sorted({str(name) for shift in moved for name in shift[2]}))
        print(f"moved at {page.url.rpartition('=')[2]}: {what}", file=sys.stderr)


def lighthouse(chromium: str, port: int, asked: dict[str, Any], options: argparse.Namespace) -> list[str]:
    """Lighthouse's scores of the pages, as a phone and as a desktop; returns the goals that were missed."""
    print("", f"| Page | As | {' | '.join(CATEGORIES)} |", "|---|---|--:|--:|--:|--:|", sep="\n", flush=True)
    missed = []
    for name, action in PAGES.items():
        for preset in ("phone", "desktop"):
            scores = _scores(chromium, f"http://127.0.0.1:{port}", asked[action][0], preset, options)
            print(f"| {name} | {preset} | {' | '.join(map(str, scores.values()))} |", flush=True)
            missed += [
                f"{name} as a {preset}: {category} {scores[category]}"
                for category in ("performance", "best-practices")
                if scores[category] < GOAL_SCORE
            ]
    return missed


def _scores(
    chromium: str, site: str, asked: dict[str, Any], preset: str, options: argparse.Namespace
) -> dict[str, int]:
    command = [options.lighthouse, site + asked["path"], "--quiet", "--output=json"]
    command += ["--chrome-flags=--headless=new --no-sandbox --disable-gpu", f"--only-categories={','.join(CATEGORIES)}"]
    command += [f"--extra-headers={json.dumps(asked['headers'])}"]
    command += ["--preset=desktop"] if preset == "desktop" else []
    done = subprocess.run(
        command, env=os.environ | {"CHROME_PATH": chromium}, capture_output=True, check=False, text=True
    )
    if done.returncode:
        raise SystemExit(f"Lighthouse ended with {done.returncode}: {done.stderr[-500:]}")
    found = json.loads(done.stdout)["categories"]
    return {category: round(100 * (found[category]["score"] or 0)) for category in CATEGORIES}


if __name__ == "__main__":
    main()
