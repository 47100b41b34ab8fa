"""Pages as a person meets them: a small tree of elements, their texts, and what a form would send without a script."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"})


@dataclass(eq=False)
class Node:
    """An element. `attrs` holds "" for an attribute without a value; `inside` holds elements and texts in order."""

    tag: str
    attrs: dict[str, str] = field(default_factory=dict)
    inside: list["Node | str"] = field(default_factory=list, repr=False)
    around: "Node | None" = field(default=None, repr=False)

    def __iter__(self) -> Iterator["Node"]:
        """This element and all below it, in the order of the page."""
        yield self
        for item in self.inside:
            if isinstance(item, Node):
                yield from item

    def all(self, tag: str = "", **attrs: str) -> list["Node"]:
        """The elements with this tag and these attributes; `class_="note"` finds the class among others."""
        wanted = attrs.pop("class_", "")
        return [
            node
            for node in self
            if (not tag or node.tag == tag)
            and (not wanted or wanted in node.attrs.get("class", "").split())
            and all(node.attrs.get(name) == value for name, value in attrs.items())
        ]

    def one(self, tag: str = "", **attrs: str) -> "Node":
        found = self.all(tag, **attrs)
        assert len(found) == 1, f"{len(found)} of <{tag} {attrs}>"
        return found[0]

    @property
    def texts(self) -> Iterator[tuple["Node", str]]:
        """Each piece of text with the element it stands in, in the order of the page; scripts and styles left out."""
        if self.tag in {"script", "style"}:
            return
        for item in self.inside:
            if isinstance(item, Node):
                yield from item.texts
            elif item.strip():
                yield self, item

    @property
    def text(self) -> str:
        """All text, blanks as one. Elements part words but for `<bdi>`, which stands around a name in a sentence."""
        return " ".join("".join(self._pieces()).split())

    def _pieces(self) -> Iterator[str]:
        for item in self.inside if self.tag not in {"script", "style"} else ():
            if isinstance(item, str):
                yield item
            else:
                apart = "" if item.tag == "bdi" else " "
                yield apart
                yield from item._pieces()
                yield apart


class _Builder(HTMLParser):
    """Builds the tree, and refuses a page whose tags don't match."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("#page")
        self.at = self.root

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs}, around=self.at)
        self.at.inside.append(node)
        if tag not in VOID:
            self.at = node

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        assert self.at.tag == tag, f"</{tag}> closes <{self.at.tag}> at {self.getpos()}"
        assert self.at.around is not None
        self.at = self.at.around

    def handle_data(self, data: str) -> None:
        self.at.inside.append(data)


def parse(html: str) -> Node:
    builder = _Builder()
    builder.feed(html)
    builder.close()
    assert builder.at is builder.root, f"<{builder.at.tag}> is not closed"
    return builder.root


def page_of(response: Any) -> Node:
    """The page, or the part of one, that an answer holds."""
    return parse(response.content.decode())


def sends(form: Node) -> dict[str, str]:
    """What a browser without a script sends of a form, without any of its buttons."""
    said = {}
    for node in form:
        name, kind = node.attrs.get("name", ""), node.attrs.get("type", "text")
        if not name or node.tag not in {"input", "textarea", "select"}:
            continue
        if node.tag == "textarea":
            said[name] = "".join(text for _, text in node.texts)
        elif node.tag == "select":
            options = node.all("option")
            said[name] = next((o for o in options if "selected" in o.attrs), options[0]).attrs["value"]
        elif kind not in {"radio", "checkbox"} or "checked" in node.attrs:
            said[name] = node.attrs.get("value", "on" if kind in {"radio", "checkbox"} else "")
    return said


def without_its_number(answer: Any) -> str:
    """The text of an answer but for the id of its request, which pages of errors show and which is new each time."""
    text: str = answer.content.decode()
    return text.replace(answer.headers["X-Request-ID"], "")
