"""Cuts off one reply in five, so that people can't know whether their answer was saved and send it again.

    python -m trials.faults.cut_replies [--database sqlite|postgresql] [--saves 2000] [--share 0.2]

A small proxy lets each request through, waits until the server has answered, and then drops the connection for a share
of the replies: before the first byte, or halfway. Whoever was saving sends the same save again: same revision, page
and count. Prints how many were lost and doubled; exits with 1 when one was.
"""

import argparse
import asyncio
import random
import sys
import threading
import time

from trials import load


class Cutter:
    """The proxy: one connection to the server for each of a visitor's."""

    def __init__(self, target: tuple[str, int], share: float, seed: int) -> None:
        self.target, self.share = target, share
        self.rng = random.Random(seed)  # noqa: S311  - which ones
        self.cut = self.passed = 0
        self.address = ("127.0.0.1", 0)
        self.ready = threading.Event()
        threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True).start()
        self.ready.wait(10)

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._talk, "127.0.0.1", 0)
        self.address = server.sockets[0].getsockname()
        self.ready.set()
        await server.serve_forever()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            length = 0
            for line in head.split(b"\r\n"):
                if line.lower().startswith(b"content-length:"):
                    length = int(line.partition(b":")[2])
            body = await reader.readexactly(length) if length else b""
            head = head.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
            from_server, to_server = await asyncio.open_connection(*self.target)
            to_server.write(head + body)
            reply = await from_server.read(-1)
            to_server.close()
            if head.startswith(b"POST") and b"/answer/" in head and self.rng.random() < self.share:
                self.cut += 1
                reply = reply[: self.rng.choice([0, len(reply) // 2])]
            else:
                self.passed += 1
            writer.write(reply)
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        writer.close()


def main() -> int:
    parser = argparse.ArgumentParser(description="Cut replies off, and look for lost and doubled answers.")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--saves", type=int, default=2000)
    parser.add_argument("--share", type=float, default=0.2)
    parser.add_argument("--takers", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with load.own_database(given.database) as (path, url, _cluster):
        server = load.Server(path, url).wait()
        try:
            cutter = Cutter(server.address, given.share, given.seed)
            takers = load.start(cutter.address, given.takers)
            until = time.monotonic() + 420
            while sum(taker.acknowledged for taker in takers) < given.saves and time.monotonic() < until:
                time.sleep(0.2)
            load.stop(takers)
            verdict = load.compare(takers, url)
        finally:
            server.end()
    wrong = load.bad_answers(takers)
    wrong += ["answers were lost"] * bool(verdict.lost) + ["answers were doubled"] * bool(verdict.doubled)
    wrong += ["nothing was cut"] * (not cutter.cut)
    share = cutter.cut / max(1, cutter.cut + verdict.acknowledged)
    return load.say(
        f"{given.database}: {cutter.cut} replies cut off ({share:.0%} of the saves): {verdict}; "
        f"{load.retried(takers)} sent again",
        wrong,
    )


if __name__ == "__main__":
    sys.exit(main())
