"""Fills the disk under the SQLite file while people save answers, then makes room, and looks for lost answers.

    python -m trials.faults.fill_disk [--takers 4]

Needs root: the file lies on a small tmpfs of this script's own. While the disk is full a save is answered by 503 with
a friendly page, never by 500; when there is room again saving goes on by itself. Then the same with the database
elsewhere, and only what is beside it on the full disk: DATA_DIR, the figures for /metrics, the log. No page may fail,
whether the disk was full when the server started or became so. Prints what was seen; exits with 1 when an acknowledged
answer was lost, or a page failed.
"""

import argparse
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from urllib.request import Request, urlopen

from trials import load

SIZE = 6_000_000


def fill(ballast: Path) -> int:
    """Write until nothing more fits."""
    with ballast.open("ab", buffering=0) as handle:
        while True:
            try:
                handle.write(b"x" * 4096)
            except OSError:
                return ballast.stat().st_size


def proof(disk: Path, folder: Path, takers_wanted: int) -> int:
    url = f"sqlite:///{disk}/proof.sqlite3"
    server = load.Server(folder, url).wait()
    ballast, refused, after = disk / "ballast", 0, 0
    try:
        # Long notes, and many questions, so that the file must grow.
        takers = load.start(server.address, takers_wanted, evidence_length=1500, questions=40)
        fill(ballast)
        load.wait_for("a refused save", lambda: load.seen(takers)["503"] > 3 * takers_wanted, 90)
        fill(ballast)
        time.sleep(3)
        refused, before = load.seen(takers)["503"], sum(taker.acknowledged for taker in takers)
        page = takers[0].ask("POST", f"/quiz/{takers[0].quiz}/answer/data/", {"step": "1", "evidence": "y" * 1900})
        reading, _ = takers[0].ask("GET", f"/quiz/{takers[0].quiz}/")
        ballast.unlink()
        began = time.monotonic()
        load.wait_for("saving again", lambda: sum(t.acknowledged for t in takers) > before + takers_wanted, 60)
        back = time.monotonic() - began
        load.stop(takers)
        # The save that looked at the page went past the taker's book; comparing it would report a loss that is none.
        takers[0].answers.pop("data", None)
        verdict, after = load.compare(takers, url), sum(taker.acknowledged for taker in takers) - before
    finally:
        server.end()
    wrong = load.bad_answers(takers)
    wrong += ["answers were lost"] * bool(verdict.lost) + ["answers were doubled"] * bool(verdict.doubled)
    wrong += ["the refusal was no friendly page"] * (page[0] == 503 and "<h1>" not in page[1])
    return load.say(
        f"disk full: {refused} saves refused with 503; a page to read answered {reading}; after room was made "
        f"{after} more saves, the first within {back:.1f} s; {verdict}; answers {dict(load.seen(takers))}",
        wrong,
    )


TOKEN = "a-token-for-the-figures-of-trials"  # noqa: S105  - of this trial alone


def beside(disk: Path, folder: Path) -> int:
    """What lies beside the database on a full disk, with each option on that writes there."""
    url = f"sqlite:///{folder}/elsewhere.sqlite3"
    ballast, seen, wrong = disk / "ballast", Counter[str](), []
    options = {"DATA_DIR": str(disk), "RUNTIME_DIRECTORY": str(disk), "METRICS_TOKEN": TOKEN, "LOG_LEVEL": "INFO"}
    for moment in ("full later", "full at the start"):
        server = load.Server(disk, url, **options).wait()
        try:
            if moment == "full at the start":
                fill(ballast)
            takers = load.start(server.address, 4, evidence_length=1500, questions=40)
            fill(ballast)
            time.sleep(8)
            load.stop(takers)
            verdict = load.compare(takers, url)
            wrong += [f"{moment}: {verdict}"] * bool(verdict.lost or verdict.doubled)
            seen.update(load.seen(takers))
            answer = urlopen(
                Request(f"http://127.0.0.1:{server.port}/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
            )
            counted = sum(1 for line in answer if b"request_seconds_count{" in line)
            wrong += [f"{moment}: a worker died"] * ("Unexpected exit" in server.log.read_text())
            wrong += [f"{moment}: the figures are not what they should be"] * (
                (counted > 0) != (moment == "full later")
            )
        finally:
            server.end()
            ballast.unlink()
    wrong += [f"{count} answers {status}" for status, count in seen.items() if status not in {"200", "302"}]
    return load.say(f"disk full beside a healthy database: answers {dict(seen)}", wrong)


def main() -> int:
    parser = argparse.ArgumentParser(description="Fill the disk under load, and look for lost answers.")
    parser.add_argument("--takers", type=int, default=4)
    given = parser.parse_args()
    with load.folder() as path:
        disk = path / "disk"
        disk.mkdir()
        mounted = subprocess.run(  # noqa: S603
            ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(disk)],  # noqa: S607
            capture_output=True,
            text=True,
            check=False,
        )
        if mounted.returncode:
            return load.say("no tmpfs could be mounted", [mounted.stderr.strip() or "mount failed"])
        try:
            return proof(disk, path, given.takers) or beside(disk, path)
        finally:
            subprocess.run(["umount", "--lazy", str(disk)], check=False)  # noqa: S603, S607


if __name__ == "__main__":
    sys.exit(main())
