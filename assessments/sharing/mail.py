"""The mails about a question for a copy: to its author, and of a yes to whoever asked."""

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from assessments.models import CopyQuestion
from people.mail.post import post_news
from people.models import User


def tell_author(question: CopyQuestion) -> None:
    """Who asks, for what, and where to answer. Nothing of what the report says."""
    address = f"{reverse('list_reports')}#asked"
    _tell(question, question.author, address, _("%(site)s: somebody asks to read a report of yours"))


def tell_asker(question: CopyQuestion) -> None:
    """That the author has said yes."""
    share = question.copy
    address = reverse("show_member", args=[*share.team.slugs, share.author_id]) if share.team else "/"
    _tell(question, question.asker, address, _("%(site)s: you can read a report"))


def _tell(question: CopyQuestion, person: User, address: str, subject: str) -> None:
    context = {
        "question": question,
        "team": question.copy.team,
        "address": settings.SITE_URL + address,
        "site_name": settings.SITE_NAME,
    }
    text = render_to_string("assessments/sharing/mail.txt", context)
    post_news(EmailMessage(subject % {"site": settings.SITE_NAME}, text, to=[person.email]))
