"""manage.py serve – the production server, as the container starts it."""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from people.login.second_steps import reseal
from people.management.serving import (
    become_server,
    open_port,
    refuse_others_looking,
    refuse_taken,
    refuse_without_database,
    refuse_without_folder,
    refuse_without_static_files,
    start_keeper,
)


class Command(BaseCommand):
    help = (
        "Serve the site on LISTEN and PORT with WORKERS processes. "
        "With MIGRATE=1, first bring the database up to date and publish the shipped ladder."
    )

    # Django's checks open the database: when it is away, they would fail with a traceback before we can say so.
    requires_system_checks = ()

    def handle(self, **options: Any) -> None:
        refuse_others_looking(settings.SERVE_ADDRESS)
        refuse_without_folder()
        refuse_without_static_files()
        port = open_port(settings.SERVE_ADDRESS, settings.SERVE_PORT)
        if settings.HEALTH_PORT:
            refuse_taken(settings.SERVE_ADDRESS, settings.HEALTH_PORT)
        if settings.SERVE_MIGRATES:
            refuse_without_database()
            call_command("migrate", interactive=False, stdout=self.stdout)
            call_command("load_ladder", settings.BASE_DIR / "fixtures/ladders/pm", stdout=self.stdout)
            # With MIGRATE=1 there is one instance only, so no older release runs that can't read sealed secrets.
            if settings.SEAL_SECOND_STEPS:
                reseal()
        start_keeper()
        become_server(port, workers=settings.SERVE_WORKERS, door="one_by_one", log_level="info")
