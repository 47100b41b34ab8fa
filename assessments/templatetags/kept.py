"""`{% kept "bars" %}…{% endkept %}`: a part of a report that is rendered once and stays with the report.

Inside, the template sees `report` and nothing else: no request, no person, no assessment. So what is kept can't hold
anything of the viewer, and reports that say the same may share it (assessments/report/kept.py).
"""

from django import template
from django.template.base import Node, NodeList, Parser, Token
from django.template.context import Context
from django.utils.safestring import SafeString

register = template.Library()


class KeptNode(Node):
    def __init__(self, name: str, nodelist: NodeList) -> None:
        self.name = name
        self.nodelist = nodelist

    def render(self, context: Context) -> SafeString:
        report = context["report"]
        part: SafeString | None = report.parts.get(self.name)
        if part is None:
            part = report.parts[self.name] = self.nodelist.render(context.new({"report": report}))
        return part


@register.tag
def kept(parser: Parser, token: Token) -> KeptNode:
    words = token.split_contents()
    if len(words) != 2 or words[1][0] != '"':
        raise template.TemplateSyntaxError('kept takes the name of the part, as in {% kept "bars" %}')
    nodelist = parser.parse(("endkept",))
    parser.delete_first_token()
    return KeptNode(words[1].strip('"'), nodelist)
