"""The filter for names where no `<bdi>` can stand; every template knows it."""

from django import template

from people import texts

register = template.Library()


@register.filter
def isolated(name: object) -> str:
    """A name that turns nothing around it, for attributes, titles and mails: `{{ team.name|isolated }}`."""
    return texts.isolated(str(name))
