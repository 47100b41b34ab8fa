"""Three app processes behind haproxy, pgbouncer, a PostgreSQL primary and its standby – and both breaking.

    python -m trials.scale.scale_out [--takers 6] [--seconds 8]

Needs haproxy and pgbouncer (Debian: apt-get install haproxy pgbouncer). Everything runs on free ports of this machine,
in a folder of its own. While people take the quiz one app process is killed; then the primary is stopped at once, the
standby is promoted and pgbouncer pointed to it. The standby is synchronous: an acknowledged answer is on both. Prints
how many saves were acknowledged, lost, doubled and sent again, and how long saving stood still; exits with 1 when one
was lost or doubled, or when somebody met an error that is none of ours.
"""

import argparse
import contextlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from trials import load


def program(name: str) -> str:
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    if not found:
        raise SystemExit(f"{name} is not installed (Debian: apt-get install {name})")
    return found


class Pooler:
    """pgbouncer in transaction mode, pointed to one cluster and then to another."""

    def __init__(self, folder: Path) -> None:
        self.port, self.file, self.folder = load.free_port(), folder / "pgbouncer.ini", folder
        (folder / "users.txt").write_text('"postgres" ""\n')
        self.process: subprocess.Popen[bytes] | None = None

    def point_to(self, cluster: load.Cluster) -> None:
        self.file.write_text(
            "[databases]\n"
            f"postgres = host=127.0.0.1 port={cluster.port}\n"
            "[pgbouncer]\n"
            f"listen_addr = 127.0.0.1\nlisten_port = {self.port}\nunix_socket_dir =\n"
            f"auth_type = trust\nauth_file = {self.folder}/users.txt\nadmin_users = postgres\n"
            f"pool_mode = transaction\nlogfile = {self.folder}/pgbouncer.log\n"
            "server_login_retry = 1\nquery_wait_timeout = 3\ndefault_pool_size = 8\n"
        )
        if self.process is None:
            as_user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
            self.process = subprocess.Popen(  # noqa: S603
                [*as_user, program("pgbouncer"), "-q", str(self.file)], stderr=subprocess.DEVNULL
            )
            return
        import psycopg  # noqa: PLC0415

        # As an operator does it: read the new file; connections to the old server are dropped as they come free.
        url = f"postgres://postgres@127.0.0.1:{self.port}/pgbouncer"
        with psycopg.ClientCursor(psycopg.connect(url, autocommit=True)) as cursor:
            cursor.execute("RELOAD")

    def url(self) -> str:
        return f"postgres://postgres@127.0.0.1:{self.port}/postgres"


def balance(folder: Path, servers: list[load.Server]) -> tuple["subprocess.Popen[bytes]", int]:
    """Start haproxy before the processes: it asks each for /healthz, and passes a refused connection to the next."""
    port = load.free_port()
    backends = "".join(
        f"  server app{n} 127.0.0.1:{server.port} check inter 500ms fall 1 rise 2\n" for n, server in enumerate(servers)
    )
    # haproxy's own errors need Retry-After, too, or takers would not know when to come back.
    for status, reason in ((502, "Bad Gateway"), (503, "Service Unavailable")):
        (folder / f"{status}.http").write_text(
            f"HTTP/1.0 {status} {reason}\r\nRetry-After: 1\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
            "<h1>Rungwise is just starting</h1><p>What you saved is safe. Please try again in a moment.</p>\r\n"
        )
    # A process answers one request at a time, its health too: a hasty check would take a busy one for dead.
    (folder / "haproxy.cfg").write_text(
        "defaults\n  mode http\n  timeout connect 2s\n  timeout client 30s\n  timeout server 30s\n"
        "  timeout check 10s\n  retries 2\n  option redispatch\n"
        f"  errorfile 502 {folder}/502.http\n  errorfile 503 {folder}/503.http\n"
        f"frontend visitors\n  bind 127.0.0.1:{port}\n  default_backend apps\n"
        f"backend apps\n  balance roundrobin\n  option httpchk GET /healthz\n{backends}"
    )
    command = [program("haproxy"), "-q", "-db", "-f", str(folder / "haproxy.cfg")]
    return subprocess.Popen(command, stderr=subprocess.DEVNULL), port  # noqa: S603


def until_saving_again(takers: list[load.Taker]) -> float:
    before, began = [taker.acknowledged for taker in takers], time.monotonic()
    load.wait_for(
        "saving again", lambda: all(t.acknowledged > n for t, n in zip(takers, before, strict=True)), 120, 0.02
    )
    return time.monotonic() - began


def main() -> int:
    parser = argparse.ArgumentParser(description="Three processes, a pooler, a standby; kill and promote.")
    parser.add_argument("--takers", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=8)
    given = parser.parse_args()
    with load.folder() as path, contextlib.ExitStack() as ends:
        primary = load.Cluster(path, "primary").make().start()
        standby = load.Cluster(path, "standby").copy_of(primary).start()
        ends.callback(standby.stop)
        pooler = Pooler(path)
        pooler.point_to(primary)
        assert pooler.process  # noqa: S101  - for the type checker
        ends.callback(pooler.process.terminate)
        settings = {"DATABASE_POOL": "0", "DATABASE_TRANSACTION_POOLER": "1"}
        servers = [load.Server(path, pooler.url(), workers=1, **settings).wait()]
        # Both servers have an answer before anybody is told "saved".
        primary.tell("ALTER SYSTEM SET synchronous_standby_names = '*'")
        primary.tell("SELECT pg_reload_conf()")
        servers += [load.Server(path, pooler.url(), workers=1, migrate=False, **settings) for _ in range(2)]
        for server in servers:
            ends.callback(server.end)
            server.wait()
        proxy, port = balance(path, servers)
        ends.callback(proxy.terminate)
        takers = load.start(("127.0.0.1", port), given.takers)
        time.sleep(given.seconds)
        servers[1].kill()
        after_kill = until_saving_again(takers)
        time.sleep(given.seconds)
        primary.stop("immediate")
        time.sleep(1)
        standby.promote()
        standby.tell("ALTER SYSTEM SET synchronous_standby_names = ''")
        standby.tell("SELECT pg_reload_conf()")
        pooler.point_to(standby)
        after_promotion = until_saving_again(takers)
        time.sleep(given.seconds)
        load.stop(takers)
        verdict, counted = load.compare(takers, standby.url()), load.seen(takers)
    failed = sum(count for status, count in counted.items() if status not in {"200", "302"})
    wrong = load.bad_answers(takers)
    wrong += ["answers were lost"] * bool(verdict.lost) + ["answers were doubled"] * bool(verdict.doubled)
    return load.say(
        f"3 processes, 1 killed, standby promoted: {verdict}; {failed} requests failed, {load.retried(takers)} saves "
        f"sent again; everybody saved again {after_kill:.1f} s after the kill, {after_promotion:.1f} s after the "
        f"promotion; answers {dict(counted)}",
        wrong,
    )


if __name__ == "__main__":
    sys.exit(main())
