"""Chromium going through the site as somebody, filling forms with payloads, and noting what a page must never do."""

import datetime
import re
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Dialog, Frame, Page, Request, Response
from playwright.sync_api import Error as BrowserError

from tests.abuse.payloads import INJECTED, MANY_LINES, WORKED_OUT, payload

PER_KIND = 2
ARRIVAL_SECONDS = 20
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|zq\d\d\w+|[\w-]{40,}")
# A refusal is no fault of a page; Chromium writes a line for it all the same.
_REFUSED = re.compile(r"the server responded with a status of 4\d\d")
# What a sent form is answered by: a page, or a part of one.
_ANSWERS = frozenset({"document", "xhr", "fetch"})
# Ends the log-in, or asks for what a payload is not.
_LEFT_ALONE = re.compile(
    r"^/(account/(logout|password|login|signup|2fa|reauth|email)|static|local)|\.(pdf|csv|xlsx|json|md|zip|ics)$"
)
_LINKS = """() => [...document.querySelectorAll("a[href],[hx-get]")]
    .map((node) => new URL(node.getAttribute("hx-get") || node.getAttribute("href"), location.href).href)"""
_FAULTS = """([injected, worked]) => [
    ...[...document.querySelectorAll(injected)].map((node) => "injected: " + node.outerHTML.slice(0, 120)),
    ...[...document.querySelectorAll("[href],[src],[action],[formaction]")]
        .filter((node) => ["href", "src", "action", "formaction"].some((name) =>
            /^\\s*(javascript|data|vbscript):/i.test(node.getAttribute(name) || "")))
        .map((node) => "an address that runs: " + node.outerHTML.slice(0, 120)),
    ...("zq" in window ? ["a script ran: window.zq"] : []),
    ...(document.body.innerText.includes(worked) ? ["a template was worked out: " + worked] : []),
]"""
_FORMS = """() => [...document.forms].map((form, number) => ({
    number,
    action: new URL(form.getAttribute("action") || "", location.href).pathname,
    method: form.method,
    names: [...form.elements].map((item) => item.name).filter(Boolean),
    texts: [...form.elements].filter((item) => item.tagName === "TEXTAREA"
        || (item.tagName === "INPUT" && ["text", "search", "url", "tel"].includes(item.type))).length,
}))"""
_FILL = """([number, words, lines, today]) => {
    const form = document.forms[number];
    let at = 0;
    for (const item of form.elements) {
        const room = item.maxLength > 0 ? item.maxLength : 1900;
        if (item.tagName === "TEXTAREA") item.value = lines.slice(0, room);
        else if (item.tagName !== "INPUT") continue;
        else if (["text", "search", "tel"].includes(item.type)) {
            item.value = words[at++ % words.length].slice(0, room);
        }
        else if (item.type === "url") item.value = "https://elsewhere.example/" + words[at++ % words.length];
        else if (item.type === "email" && !item.value) item.value = "somebody@elsewhere.example";
        else if (item.type === "date" && !item.value) item.value = today;
        else if (item.type === "radio" && !form.elements[item.name].value) item.checked = true;
    }
    form.noValidate = true;
    form.requestSubmit();
}"""


@dataclass
class Looked:
    """What was seen: pages opened, forms sent, texts filled in, and everything wrong."""

    pages: int = 0
    forms: int = 0
    texts: int = 0
    kinds: set[str] = field(default_factory=set)
    filled: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)


def _is_answer(response: Response) -> bool:
    """Whether it is what a form leads to at last: a page, or a part of one, and no redirect on the way there."""
    return response.request.resource_type in _ANSWERS and not 300 <= response.status < 400


def _leads_on(answer: Response) -> bool:
    """Whether another page follows: a file that is downloaded and an answer to htmx leave the old one there."""
    headers = answer.headers
    if answer.request.resource_type == "document":
        return answer.status != 204 and "attachment" not in headers.get("content-disposition", "")
    return "hx-redirect" in headers or "hx-refresh" in headers


class Looker:
    """One persona's way through the site. `turn` says which payload a field gets."""

    def __init__(self, context: BrowserContext, url: str, persona: str, turn: int, looked: Looked) -> None:
        self.url, self.persona, self.turn, self.looked = url, persona, turn, looked
        self.at = ""
        context.on("console", self._console)
        context.on("weberror", lambda event: self._fault(f"thrown: {event.error}"))
        context.on("request", self._request)
        context.on("response", self._response)
        context.on("dialog", self._dialog)
        self.page: Page = context.new_page()
        self.arrivals = 0
        self.page.on("framenavigated", self._arrived)

    def walk(self, starts: list[str], most: int) -> list[str]:
        """Open what there is, as links lead, and send each form that takes a text, filled with payloads, once."""
        waiting, seen, kinds = list(starts), [], dict[str, int]()
        while waiting and len(seen) < most:
            path = waiting.pop(0)
            parts = urlsplit(path)
            kind = "?".join([_ID.sub("*", parts.path), *sorted(parse_qs(parts.query))])
            if path in seen or _LEFT_ALONE.search(parts.path) or kinds.get(kind, 0) >= PER_KIND:
                continue
            kinds[kind] = kinds.get(kind, 0) + 1
            if not self.open(path):
                continue
            seen.append(path)
            self.looked.kinds.add(kind)
            waiting += self._links()
            self._send_forms(path)
        return seen

    def open(self, path: str) -> bool:
        self.at = path
        try:
            self.page.goto(self.url + path, wait_until="load")
        except BrowserError as error:
            # A file that is downloaded is no page.
            if "Download is starting" not in str(error) and "ERR_ABORTED" not in str(error):
                self._fault(f"does not open: {error}")
            return False
        self._look()
        return True

    def _look(self) -> None:
        self.looked.pages += 1
        for fault in self.page.evaluate(_FAULTS, [INJECTED, WORKED_OUT]):
            self._fault(fault)

    def _links(self) -> list[str]:
        found = []
        for link in self.page.evaluate(_LINKS):
            path = link.removeprefix(self.url)
            if path.startswith("/") and not path.startswith("//"):
                found.append(path.partition("#")[0])
        return found

    def _send_forms(self, path: str) -> None:
        for form in self.page.evaluate(_FORMS):
            name = f"{form['method']} {_ID.sub('*', form['action'])} {' '.join(sorted(set(form['names'])))}"
            if (
                not form["texts"]
                or _LEFT_ALONE.search(form["action"])
                or f"{self.persona} {name}" in self.looked.filled
            ):
                continue
            self.looked.filled.add(f"{self.persona} {name}")
            self.looked.forms += 1
            words = [payload(self.turn + self.looked.texts + number) for number in range(form["texts"])]
            self.looked.texts += form["texts"]
            today = str(datetime.datetime.now(datetime.UTC).date())
            if self.page.url != self.url + path:
                self.open(path)
            self.at = f"{path} → {form['action']}"
            try:
                self._submit([form["number"], words, MANY_LINES, today])
                self._look()
            except BrowserError as error:
                self._fault(f"can't be filled in: {error}")

    def _submit(self, filling: list[Any]) -> None:
        """Fill a form, send it, and stay until what it leads to is there: on a slow day nothing may overtake it."""
        before = self.arrivals
        with self.page.expect_response(_is_answer) as caught:
            self.page.evaluate(_FILL, filling)
        until = time.monotonic() + ARRIVAL_SECONDS
        # The browser has the answer before it has the page: until then, the old one still says that it is at rest.
        while _leads_on(caught.value) and self.arrivals == before and time.monotonic() < until:
            self.page.wait_for_timeout(20)
        self.page.wait_for_timeout(50)
        self.page.wait_for_load_state("networkidle")

    def _arrived(self, frame: Frame) -> None:
        self.arrivals += frame.parent_frame is None

    def _fault(self, what: str) -> None:
        self.looked.faults.append(f"{self.persona} at {self.at}, turn {self.turn}: {what}")

    def _console(self, message: ConsoleMessage) -> None:
        # What the content policy refuses is such a message, too.
        if message.type in {"error", "warning", "assert"} and not _REFUSED.search(message.text):
            self._fault(f"console {message.type}: {message.text}")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.url, "data:", "blob:")):
            self._fault(f"a call to another host: {request.url}")

    def _response(self, response: Response) -> None:
        if response.status >= 500:
            self._fault(f"{response.status} for {response.request.method} {response.url}")

    def _dialog(self, dialog: Dialog) -> None:
        self._fault(f"a dialog: {dialog.message}")
        dialog.dismiss()
