"""Shows the mails that the local profile writes to files, so that a newcomer needs no mail server."""

import email
import email.policy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.errors import MessageError
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

SHOWN = 50
# Our mails have a few hundred characters; a far larger file is not ours.
FILE_MAX = 1_000_000
# Django's file backend writes this line after each mail.
_END = re.compile(rb"^-{79}$\n?", re.MULTILINE)
# allauth's codes: eight consonants with a hyphen in the middle.
_CODE = re.compile(r"[B-DF-HJ-NP-TV-XZ]{4}-[B-DF-HJ-NP-TV-XZ]{4}")


@dataclass(frozen=True, slots=True)
class LocalMail:
    """A mail as the page shows it. `sent_at` is aware; without a readable date it is the file's time."""

    subject: str
    to: str
    sent_at: datetime
    lines: tuple[tuple[str, bool], ...]
    """Each line of the text, and whether it is a code."""


@login_not_required
@require_safe
def list_local_mail(request: HttpRequest) -> HttpResponse:
    """Show the newest mails. Needs no log-in: only the local profile has it, and serves this machine alone."""
    mails = read_mails(Path(settings.MAIL_DIR))
    return render(request, "people/mail/local_mail.html", {"mails": mails[:SHOWN], "more": len(mails) > SHOWN})


def read_mails(folder: Path) -> list[LocalMail]:
    """The mails in a folder, newest first. Files that can't be read or hold no mail are skipped."""
    found = [mail for file in _files(folder) for mail in _mails_in(file)]
    return sorted(found, key=lambda mail: mail.sent_at, reverse=True)


def _files(folder: Path) -> list[Path]:
    try:
        return sorted(file for file in folder.glob("*.log") if file.is_file() and file.stat().st_size <= FILE_MAX)
    except OSError:
        return []


def _mails_in(file: Path) -> Iterator[LocalMail]:
    try:
        raw = file.read_bytes()
        written = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    except OSError:
        return
    for part in _END.split(raw):
        mail = _mail(part.strip(b"\n"), written)
        if mail:
            yield mail


def _mail(raw: bytes, written: datetime) -> LocalMail | None:
    if not raw:
        return None
    try:
        message = email.message_from_bytes(raw, _class=EmailMessage, policy=email.policy.default)
        body = message.get_body(("plain",))
        text = body.get_content() if body else ""
        subject, to = str(message["subject"] or ""), str(message["to"] or "")
        date = str(message["date"] or "")
    except (MessageError, LookupError, ValueError, AttributeError, TypeError):
        # All of these are raised by the standard library's parser for files that hold no mail.
        return None
    if not (subject or to):
        return None
    lines = tuple((line, _CODE.fullmatch(line.strip()) is not None) for line in text.strip().splitlines())
    return LocalMail(subject, to, _time(date, written), lines)


def _time(date: str, written: datetime) -> datetime:
    try:
        sent = parsedate_to_datetime(date)
    except (ValueError, TypeError):
        return written
    return sent if sent.tzinfo else sent.replace(tzinfo=UTC)
