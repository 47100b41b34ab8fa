"""What leaving means for what was shared: copies go with the person, in the same transaction."""

import uuid
from typing import Any

from django.dispatch import receiver

from assessments.erasing import erase_one_sided
from assessments.sharing.copies import (
    end_reading,
    withdraw_all_from_team,
    withdraw_from_organisation,
    withdraw_from_team,
)
from people.models import Team, User
from people.signals import left_organisation, left_team, stopped_managing, team_closed


@receiver(left_organisation, dispatch_uid="withdraw-on-leaving-organisation")
def on_left_organisation(sender: Any, user: User, organisation_id: uuid.UUID, **_: Any) -> None:  # noqa: ARG001
    withdraw_from_organisation(user, organisation_id)
    end_reading(user, Team.objects.filter(organisation=organisation_id), organisation_id)
    erase_one_sided(user.pk, organisation_id)


@receiver(left_team, dispatch_uid="withdraw-on-leaving-team")
def on_left_team(sender: Any, user: User, team: Team, **_: Any) -> None:  # noqa: ARG001
    withdraw_from_team(user, team)
    end_reading(user, [team.pk], team.organisation_id)


@receiver(stopped_managing, dispatch_uid="end-reading-on-stepping-down")
def on_stopped_managing(sender: Any, user: User, team: Team, **_: Any) -> None:  # noqa: ARG001
    end_reading(user, [team.pk], team.organisation_id)


@receiver(team_closed, dispatch_uid="withdraw-on-closing-team")
def on_team_closed(sender: Any, team: Team, **_: Any) -> None:  # noqa: ARG001
    withdraw_all_from_team(team)
