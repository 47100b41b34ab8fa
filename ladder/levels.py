"""The value of a person's level if they have none on the ladder, and how forms call it."""

from django.utils.translation import gettext as _

from ladder.document.format import LadderDocument

NOT_YET = "none"
"""For people who are not in the job that the ladder is about (yet)."""


def not_yet(ladder: LadderDocument) -> str:
    """The choice of somebody who is not on the ladder, in its own word for those who are."""
    if ladder.people is None:
        return _("Not in this job yet")
    one = ladder.people.one
    said = _("Not an %(one)s yet") if one[:1].lower() in {*"aeiou"} else _("Not a %(one)s yet")
    return said % {"one": one}


def other_profession(ladder: LadderDocument) -> str:
    """What a form says to a title of another profession."""
    return _("That is another profession. Choose “%(not_yet)s”, or the level that fits your work.") % {
        "not_yet": not_yet(ladder)
    }
