from django.apps import AppConfig


class LadderConfig(AppConfig):
    name = "ladder"
    verbose_name = "The ladder"

    def ready(self) -> None:
        from ladder import erasing  # noqa: F401, PLC0415  - it registers rules
        from ladder.guards import GUARDS  # noqa: PLC0415
        from people.database.triggers import keep_in_force  # noqa: PLC0415

        keep_in_force(self, GUARDS)
