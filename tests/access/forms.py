"""The forms and links of a page, as a browser would read and fill them."""

import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")
_LONGEST: dict[str, Callable[[int], str]] = {
    "text": lambda size: "w" * size,
    "email": lambda size: "@longest.example".rjust(size, "w"),
    "url": lambda size: "https://longest.example/".ljust(size, "w"),
}


@dataclass
class Form:
    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    choices: list[tuple[str, str]] = field(default_factory=list)
    """Each choice of each list: (name, value)."""
    longest: dict[str, str] = field(default_factory=dict)
    """The longest text of its kind that each field takes, if the page says so."""

    def holds_ids(self, name: str) -> bool:
        """Whether a field says which thing is meant, or is empty, so that nobody knows."""
        values = {self.fields[name], *(value for listed, value in self.choices if listed == name)}
        return any(not value or _ID.fullmatch(value) for value in values)


class Page(HTMLParser):
    """`forms` with a sensible value in each field, and `links` to this site."""

    def __init__(self, path: str, body: str) -> None:
        super().__init__(convert_charrefs=True)
        self.path = path
        self.forms: list[Form] = []
        self.links: list[str] = []
        self._form: Form | None = None
        self._select = ""
        self.feed(body)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = {name: value or "" for name, value in attrs}
        for name in ("href", "hx-get"):
            if name in at:
                self.links.append(urldefrag(urljoin(self.path, at[name])).url)
        for name in ("hx-post", "formaction"):
            if name in at:
                fields = dict(self._form.fields) if self._form else {}
                self.forms.append(Form(urljoin(self.path, at[name]), "POST", fields))
        if tag == "form":
            self._form = Form(urljoin(self.path, at.get("action", "")), at.get("method", "get").upper())
            self.forms.append(self._form)
        elif self._form and tag == "select":
            self._select = at.get("name", "")
        elif self._form and tag == "option" and self._select:
            self._form.choices.append((self._select, at.get("value", "")))
            if "selected" in at or not self._form.fields.get(self._select):
                self._form.fields[self._select] = at.get("value", "")
        elif self._form and tag in {"input", "textarea", "button"} and at.get("name"):
            self._take(tag, at)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""

    def _take(self, tag: str, at: dict[str, str]) -> None:
        assert self._form
        name, kind, value = at["name"], at.get("type", "text"), at.get("value", "")
        if name == "csrfmiddlewaretoken":
            return
        if tag == "button" or kind in {"checkbox", "radio", "submit"}:
            if name not in self._form.fields or "checked" in at:
                self._form.fields[name] = at.get("value", "on")
            return
        if kind in _LONGEST and at.get("list") != "zones" and "maxlength" in at:
            self._form.longest[name] = _LONGEST[kind](int(at["maxlength"]))
        sensible = {
            "email": "somebody@elsewhere.example",
            "date": str(datetime.datetime.now(datetime.UTC).date()),
            "number": at.get("min", "1"),
            "hidden": "",
        }
        self._form.fields[name] = value or sensible.get(kind, "Said by the test")
