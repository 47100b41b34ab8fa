"""Shows by strace that the disk has an answer before the person hears "saved".

    python -m trials.faults.show_sync [--database sqlite|postgresql] [--saves 5]

Needs strace. Watches the one process that answers (and on PostgreSQL the one that keeps its connection) while answers
are saved, one after the other. Between the arrival of each save and its reply there must be an fsync or fdatasync that
returned. Prints the figure and one such stretch; exits with 1 when a reply came before its sync.
"""

import argparse
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

from trials import load

CALL = re.compile(r"^(?P<pid>\d+)\s+(?P<at>[\d.]+) (?P<what>.*)$")


def descendants(process: int) -> list[int]:
    found = [process]
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        for child in task.read_text().split():
            found += descendants(int(child))
    return found


def watch(processes: list[int], log: Path) -> "subprocess.Popen[bytes]":
    command = ["strace", "-f", "-ttt", "-s", "40", "-o", str(log)]
    command += ["-e", "trace=fsync,fdatasync,recvfrom,sendto,sendmsg,write,writev"]
    for process in processes:
        command += ["-p", str(process)]
    tracer = subprocess.Popen(command, stderr=subprocess.PIPE)  # noqa: S603
    assert tracer.stderr  # noqa: S101
    tracer.stderr.readline()
    time.sleep(1)
    return tracer


def stretches(log: Path) -> list[list[str]]:
    """For each save its system calls, from its arrival to its reply."""
    found: list[list[str]] = []
    current: list[str] | None = None
    for line in log.read_text(errors="replace").splitlines():
        match = CALL.match(line)
        if not match:
            continue
        what = match["what"]
        if '"POST /quiz/' in what:
            current = []
        if current is None:
            continue
        current.append(f"{match['pid']} {match['at'][-9:]} {what[:110]}")
        if '"HTTP/1.1 ' in what:
            found.append(current)
            current = None
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description="Show the sync before the reply.")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--saves", type=int, default=5)
    given = parser.parse_args()
    with load.own_database(given.database) as (path, url, cluster):
        server = load.Server(path, url, workers=1).wait()
        try:
            taker = load.Taker(server.address, 1)
            taker.begin()
            watched = server.worker_ids()
            if cluster:
                watched += descendants(int((cluster.folder / "postmaster.pid").read_text().split()[0]))
            log = path / "strace"
            tracer = watch(watched, log)
            slug, key = next(iter(taker.answers.items()))
            for number in range(given.saves):
                key.sent, key.step, key.evidence = key.sent + 1, str(number % 6), f"note {number}"
                taker.save(slug, key)
                time.sleep(0.1)
            tracer.send_signal(signal.SIGINT)
            tracer.wait(20)
            found = stretches(log)
        finally:
            server.end()
    synced = [
        [line for line in stretch if re.search(r"(fsync|fdatasync)(\(| resumed).*= 0", line)] for stretch in found
    ]
    wrong = [] if len(found) == given.saves else [f"{len(found)} of {given.saves} saves were seen"]
    wrong += [f"{sum(not lines for lines in synced)} replies came before a sync"] * (not all(synced))
    for line in found[-1] if found else []:
        if re.search(r"sync|POST|HTTP/1.1|INSERT|COMMIT|BEGIN", line):
            print(f"    {line}")
    return load.say(
        f"{given.database}: {len(found)} saves watched, {sum(map(bool, synced))} synced before the reply "
        f"({sum(map(len, synced))} syncs)",
        wrong,
    )


if __name__ == "__main__":
    sys.exit(main())
