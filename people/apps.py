from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "people"
    verbose_name = "People"

    def ready(self) -> None:
        from people import audit_signals, erasing  # noqa: F401, PLC0415  - they connect signals and register rules
        from people.guards import GUARDS  # noqa: PLC0415
        from people.triggers import keep_in_force  # noqa: PLC0415

        keep_in_force(self, GUARDS)
