from typing import Any

from django.apps import AppConfig


class GrowthConfig(AppConfig):
    name = "growth"
    verbose_name = "Growth"

    def ready(self) -> None:
        # Imported for what they register: signals and rules.
        from assessments.signals import demo_loaded  # noqa: PLC0415
        from growth import erasing  # noqa: F401, PLC0415
        from growth.plan import commitments  # noqa: F401, PLC0415

        demo_loaded.connect(_make_demo, dispatch_uid="demo-growth")


def _make_demo(**told: Any) -> None:
    from growth.demo import on_demo_loaded  # noqa: PLC0415  - else every server would hold what reads demo files

    on_demo_loaded(**told)
