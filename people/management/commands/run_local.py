"""manage.py run_local – sets everything up on a newcomer's own machine and serves it: `make run`."""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from people.management.serving import become_server, refuse_taken, refuse_without_database

# Anybody who could reach the server could log in: everybody knows the password of the demo accounts.
ADDRESS = "127.0.0.1"


class Command(BaseCommand):
    help = "Make the database, load the shipped ladder and a demo company, serve on 127.0.0.1. Only with PROFILE=local."

    # Django's checks open the database: when it is away, they would fail with a traceback before we can say so.
    requires_system_checks = ()

    def handle(self, **options: Any) -> None:
        if not settings.LOCAL:
            raise CommandError("run_local is for PROFILE=local; use serve in production", returncode=2)
        port = settings.SERVE_PORT
        refuse_taken(ADDRESS, port)
        refuse_without_database()
        self._migrate()
        call_command("load_ladder", settings.BASE_DIR / "fixtures/ladders/pm", stdout=self.stdout)
        call_command("load_demo", stdout=self.stdout)
        self.stdout.write(f"Rungwise is at http://{ADDRESS}:{port}/ – Ctrl-C ends it.")
        become_server(ADDRESS, port, workers=1, threads=4, log_level="warning")

    def _migrate(self) -> None:
        """Migrate, with a line for the newcomer, who may have to wait, when there is something to do."""
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            self.stdout.write("Preparing the database …")
        call_command("migrate", interactive=False, verbosity=0)
