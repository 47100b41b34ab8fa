"""The app: connects its signals, erasure rules, triggers and places on the map when Django starts."""

from django.apps import AppConfig


class AssessmentsConfig(AppConfig):
    name = "assessments"
    verbose_name = "Assessments"

    def ready(self) -> None:
        # Signals and rules are connected by importing these.
        from assessments import erasing  # noqa: F401, PLC0415
        from assessments.guards import GUARDS  # noqa: PLC0415
        from assessments.quiz import claim  # noqa: F401, PLC0415
        from assessments.report.place_on_map import newest_result, sample  # noqa: PLC0415
        from assessments.reviews import review  # noqa: F401, PLC0415
        from assessments.sharing import leaving  # noqa: F401, PLC0415
        from ladder.pages.places import provide  # noqa: PLC0415
        from people.database.triggers import keep_in_force  # noqa: PLC0415

        provide(newest_result, sample)
        keep_in_force(self, GUARDS)
