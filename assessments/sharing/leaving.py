"""What leaving means for what was shared: copies go with the person, in the same transaction."""

import uuid
from typing import Any

from django.dispatch import receiver

from assessments.erasing import erase_one_sided
from assessments.sharing.copies import withdraw_all_from_team, withdraw_from_organisation, withdraw_from_team
from people.models import Team, User
from people.signals import left_organisation, left_team, team_closed


@receiver(left_organisation, dispatch_uid="withdraw-on-leaving-organisation")
def on_left_organisation(sender: Any, user: User, organisation_id: uuid.UUID, **_: Any) -> None:  # noqa: ARG001
    withdraw_from_organisation(user, organisation_id)
    erase_one_sided(user.pk, organisation_id)


@receiver(left_team, dispatch_uid="withdraw-on-leaving-team")
def on_left_team(sender: Any, user: User, team: Team, **_: Any) -> None:  # noqa: ARG001
    withdraw_from_team(user, team)


@receiver(team_closed, dispatch_uid="withdraw-on-closing-team")
def on_team_closed(sender: Any, team: Team, **_: Any) -> None:  # noqa: ARG001
    withdraw_all_from_team(team)
