"""manage.py run_local – sets everything up on a newcomer's own machine and serves it: `make run`."""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from people.management.serving import become_server, open_port, refuse_without_database, refuse_without_folder

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
        refuse_without_folder()
        listening = open_port(ADDRESS, port)
        refuse_without_database()
        self._migrate()
        call_command("load_ladder", settings.BASE_DIR / "fixtures/ladders/pm", stdout=self.stdout)
        call_command("load_demo", stdout=self.stdout)
        self.stdout.write(f"Rungwise is at http://{ADDRESS}:{port}/ – Ctrl-C ends it.")
        become_server(listening, workers=1, door="side_by_side", log_level="warning")

    def _migrate(self) -> None:
        """Migrate, with a line for the newcomer, who may have to wait, when there is something to do."""
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            self.stdout.write("Preparing the database …")
        if connection.vendor == "sqlite" and not executor.loader.applied_migrations:
            # There is nothing to lose yet, so no step waits for the disk. The server's own connections wait again.
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA synchronous=OFF")
        call_command("migrate", interactive=False, verbosity=0)
