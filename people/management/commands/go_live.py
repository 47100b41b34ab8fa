"""manage.py go_live – lets a restored copy mail people again."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand

from people.mail.hold import go_live


class Command(BaseCommand):
    help = (
        "Declare a restored database the live one: mail that people caused since is sent. What waited when the backup "
        "was made is not, as the site that was backed up has most likely sent it."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--send-waiting", action="store_true", help="send what waited in the backup, too")

    def handle(self, *, send_waiting: bool, **options: Any) -> None:
        done = go_live(send_waiting=send_waiting)
        if done is None:
            self.stdout.write("It is live already: mail is not held.")
            return
        said = [f"Live: {_mails(done.sent)} to be sent"]
        if done.given_up:
            said.append(f"{_mails(done.given_up)} of before the restore given up")
        self.stdout.write("; ".join(said) + ".")


def _mails(count: int) -> str:
    return f"{count} {'mail' if count == 1 else 'mails'}"
