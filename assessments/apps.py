from django.apps import AppConfig


class AssessmentsConfig(AppConfig):
    name = "assessments"
    verbose_name = "Assessments"

    def ready(self) -> None:
        from assessments import claiming, erasing, leaving  # noqa: F401, PLC0415  - they connect signals and rules
        from assessments.places import newest_result, sample  # noqa: PLC0415
        from assessments.triggers import GUARDS  # noqa: PLC0415
        from ladder.places import provide  # noqa: PLC0415
        from people.database.triggers import keep_in_force  # noqa: PLC0415

        provide(newest_result, sample)
        keep_in_force(self, GUARDS)
