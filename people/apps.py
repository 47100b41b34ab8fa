from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "people"
    verbose_name = "People"

    def ready(self) -> None:
        from people import retrying, sessions  # noqa: F401, PLC0415  - they watch connections, and connect signals
