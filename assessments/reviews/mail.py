"""The mails of reviews. They say that something is there, never what it says: mail is read by others, too."""

import uuid

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from assessments.models import Review
from people.mail.post import post_news


def tell_both(review_id: uuid.UUID) -> None:
    """Tell member and manager that both sides are there. Nobody, when one of them was erased meanwhile."""
    review = Review.objects.select_related("subject", "manager", "team").filter(pk=review_id).first()
    if review is None or review.subject is None or review.manager is None:
        return
    address = settings.SITE_URL + reverse("show_together", args=[review.pk])
    for person, other in ((review.subject, review.manager), (review.manager, review.subject)):
        text = render_to_string(
            "assessments/reviews/mail.txt",
            {
                "person": person,
                "other": other,
                "team": review.team,
                "address": address,
                "site_name": settings.SITE_NAME,
            },
        )
        subject = _("%(site)s: both views are there") % {"site": settings.SITE_NAME}
        post_news(EmailMessage(subject, text, to=[person.email]))
