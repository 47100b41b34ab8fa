"""The app of people: at the start it connects its signals, rules, triggers and limits."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class PeopleConfig(AppConfig):
    name = "people"
    verbose_name = "People"

    def ready(self) -> None:
        # Imported for what they do: they connect signals and register rules.
        from people.audit import signals  # noqa: F401, PLC0415
        from people.audit.guards import GUARDS  # noqa: PLC0415
        from people.database import private, transactions  # noqa: F401, PLC0415
        from people.database.fill_in import after_migrate  # noqa: PLC0415
        from people.database.triggers import keep_in_force  # noqa: PLC0415
        from people.erasure import of_people, replay  # noqa: F401, PLC0415
        from people.limits.allauth_limits import install  # noqa: PLC0415
        from people.login import first_proof, one_form, sessions  # noqa: F401, PLC0415
        from people.mail import hold  # noqa: F401, PLC0415

        install()
        keep_in_force(self, GUARDS)
        post_migrate.connect(after_migrate, sender=self, dispatch_uid="fill-in")
