"""What a person means to do next. For now the plan holds what was agreed in reviews."""

from typing import ClassVar

from django.conf import settings
from django.core.validators import ProhibitNullCharactersValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from assessments.models.review import Commitment
from people.ids import uuid7
from people.models import Organisation


class PlanItem(models.Model):
    """One thing to do, in the person's own space, so that it goes along when they leave."""

    class State(models.TextChoices):
        PLANNED = "planned", _("planned")
        DOING = "doing", _("doing")
        DONE = "done", _("done")
        DROPPED = "dropped", _("dropped")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="plan_items")
    text = models.CharField(_("What"), max_length=400, validators=[ProhibitNullCharactersValidator()])
    competency = models.SlugField(max_length=60, blank=True)
    due_on = models.DateField(_("Due on"), null=True, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.PLANNED)
    # Agreed in a review; null for what the person planned alone, or when the review is gone.
    commitment = models.OneToOneField(Commitment, on_delete=models.SET_NULL, null=True, related_name="plan_item")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["owner", "due_on", "created_at", "id"]

    def __str__(self) -> str:
        return self.text
