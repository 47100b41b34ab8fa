"""Kills the worker of jobs again and again while it sends mail, and counts what arrived.

    python -m trials.faults.kill_worker [--mails 300] [--kills 20] [--database-url URL]

Works on an SQLite file of its own, or on the empty PostgreSQL database that the URL names. A mail server of this script
takes the mails, a few milliseconds each. Workers are killed with SIGKILL at random moments in which they send; then one
works until all is sent. Prints how many mails were promised, arrived, were lost, and arrived twice (under the same
Message-ID). Exits with 1 when one was lost, or two differ in their Message-ID.
"""

import argparse
import asyncio
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
TAKES = 0.004  # seconds that the mail server needs for a mail


class Sink:
    """A mail server that counts: raw deliveries by subject, and the Message-IDs of each."""

    def __init__(self) -> None:
        self.arrived: Counter[str] = Counter()
        self.ids: dict[str, set[str]] = {}
        self.port = 0
        self.ready = threading.Event()
        threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True).start()
        self.ready.wait(10)

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._talk, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self.ready.set()
        await server.serve_forever()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 sink\r\n")
        try:
            while line := await reader.readline():
                word = line[:4].upper()
                if word == b"DATA":
                    writer.write(b"354 go on\r\n")
                    text = await reader.readuntil(b"\r\n.\r\n")
                    await asyncio.sleep(TAKES)
                    # From here on the mail has arrived, whether or not the sender hears so.
                    self._take(text.decode(errors="replace"))
                    writer.write(b"250 taken\r\n")
                elif word == b"QUIT":
                    writer.write(b"221 bye\r\n")
                    break
                else:
                    writer.write(b"250 ok\r\n")
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        writer.close()

    def _take(self, text: str) -> None:
        subject = re.search(r"^Subject: (.*?)\r?$", text, re.MULTILINE)
        identity = re.search(r"^Message-ID: (.*?)\r?$", text, re.MULTILINE | re.IGNORECASE)
        if not subject or not identity:
            raise ValueError("a mail without a subject or a Message-ID")
        self.arrived[subject[1]] += 1
        self.ids.setdefault(subject[1], set()).add(identity[1])


def prepare(url: str, folder: str, port: int) -> None:
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PROFILE": "local",
        "DATA_DIR": folder,
        "DATABASE_URL": url or f"sqlite:///{folder}/mail.sqlite3",
        "MAIL_URL": f"smtp://127.0.0.1:{port}/?tls=0",
        "MAIL_LEASE_SECONDS": "2",
        "LOG_LEVEL": "ERROR",
    }
    import django  # noqa: PLC0415

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415

    call_command("migrate", verbosity=0)


def promise(count: int) -> None:
    """Post mails, each in a transaction of its own, a few a second, as pages do."""
    from django.conf import settings  # noqa: PLC0415
    from django.core.mail import EmailMessage  # noqa: PLC0415
    from django.db import transaction  # noqa: PLC0415

    from people.mail.post import post  # noqa: PLC0415

    settings.MAIL_IN_BACKGROUND = True
    for number in range(count):
        with transaction.atomic():
            post(EmailMessage(f"mail {number}", "Hello", to=["somebody@example.com"]))
        time.sleep(0.01)


def worker() -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, str(ROOT / "manage.py"), "run_worker"])  # noqa: S603  - ours


def main() -> int:
    parser = argparse.ArgumentParser(description="Kill workers while they send, and count the mails.")
    parser.add_argument("--mails", type=int, default=300)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--database-url", default="")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    rng = random.Random(given.seed)  # noqa: S311  - when to kill
    sink = Sink()
    with tempfile.TemporaryDirectory() as folder:
        prepare(given.database_url, folder, sink.port)
        from people.models import OutboxMail  # noqa: PLC0415

        posting = threading.Thread(target=promise, args=(given.mails,))
        posting.start()
        killed = 0
        while killed < given.kills:
            before, process = sum(sink.arrived.values()), worker()
            until = time.monotonic() + 20
            while (
                sum(sink.arrived.values()) == before
                and time.monotonic() < until
                and OutboxMail.objects.filter(sent_at__isnull=True).exists()
            ):
                time.sleep(0.005)
            time.sleep(rng.uniform(0, 0.1))
            process.send_signal(signal.SIGKILL)
            process.wait()
            killed += 1
        posting.join()
        last, until = worker(), time.monotonic() + 120
        while OutboxMail.objects.filter(sent_at__isnull=True).exists() and time.monotonic() < until:
            time.sleep(0.2)
        last.terminate()
        last.wait(30)
        waiting = OutboxMail.objects.filter(sent_at__isnull=True).count()
    lost = given.mails - len(sink.arrived)
    twice = sum(count - 1 for count in sink.arrived.values())
    unlike = sum(len(ids) > 1 for ids in sink.ids.values())
    print(
        f"{given.mails} mails promised, {killed} workers killed: {len(sink.arrived)} arrived, {lost} lost, {twice} "
        f"came twice, {unlike} of them under another Message-ID, {waiting} still wait"
    )
    return 1 if lost or unlike or waiting else 0


if __name__ == "__main__":
    sys.exit(main())
