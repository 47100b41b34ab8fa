from django.apps import AppConfig


class GrowthConfig(AppConfig):
    name = "growth"
    verbose_name = "Growth"

    def ready(self) -> None:
        from growth import commitments, demo, erasing  # noqa: F401, PLC0415  - they connect signals and rules
