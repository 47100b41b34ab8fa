"""The project as an app of Django: it adds our checks of a production site."""

from django.apps import AppConfig


class ProjectConfig(AppConfig):
    name = "config"
    verbose_name = "Rungwise"

    def ready(self) -> None:
        from config import deploy_checks  # noqa: F401, PLC0415  - registers them
