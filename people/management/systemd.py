"""What the server and systemd tell each other: that it is there, and to keep its port while it is started anew.

A port that systemd keeps has its queue all the while, so connections that come between the old process and the new one
wait there and are answered: a restart refuses nobody. Without systemd nothing of this happens.
"""

import os
import socket
from contextlib import suppress

# Handed-over files are numbered from here on (sd_listen_fds).
_FIRST = 3
_NAME = "rungwise"


def kept_port(address: str, port: int) -> socket.socket | None:
    """The open port that systemd kept, or opened itself by a socket unit. None where it has none of this address."""
    given = os.environ.get("LISTEN_FDS", "") if os.environ.get("LISTEN_PID") == str(os.getpid()) else ""
    found = None
    for number in range(_FIRST, _FIRST + (int(given) if given.isdecimal() and len(given) < len("1000") else 0)):
        try:
            each = socket.socket(fileno=number)
        except OSError:  # something else was handed over, or nothing
            continue
        # LISTEN or PORT may have been changed since it was kept.
        if found is None and _listens_on(each, address, port):
            found = each
        else:
            each.close()
    if given and found is None:
        tell("FDSTOREREMOVE=1", f"FDNAME={_NAME}")
    return found


def _listens_on(each: socket.socket, address: str, port: int) -> bool:
    with suppress(OSError):
        wanted = [info[4][:2] for info in socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)]
        return bool(each.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)) and each.getsockname()[:2] in wanted
    return False


def keep(port: socket.socket) -> None:
    """Have systemd keep this port until the service is stopped (`FileDescriptorStoreMax=` in its unit)."""
    tell("FDSTORE=1", f"FDNAME={_NAME}", file=port.fileno())


def tell(*lines: str, file: int | None = None) -> None:
    """Tell systemd something, perhaps with an open file; nothing where nobody listens (sd_notify)."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line, suppress(OSError):
        line.connect(f"\0{address[1:]}" if address.startswith("@") else address)
        socket.send_fds(line, ["\n".join(lines).encode()], [] if file is None else [file])
