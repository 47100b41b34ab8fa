"""Asks a server over kept-alive connections; as a program, the load: a plan on stdin, what came of it on stdout.

What to ask is a dictionary: method, path, headers, form; `turns` are fields that take the next of their values each
time, `count` names a field that counts up. A journey is a list of these, with cookies and the form's token carried
from one to the next.
"""

import asyncio
import json
import random
import re
import sys
import time
from collections import Counter
from contextlib import suppress
from itertools import count
from typing import Any
from urllib.parse import urlencode

type Asked = dict[str, Any]
TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="([^"]+)"')


class WrongAnswerError(Exception):
    """The answer has another status than the expected one."""


class Client:
    """One connection that asks one thing after the other.

    `bytes` is the size of the last answer with its headers; `body` is its content.
    """

    numbers = count(1)

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}
        self.token = ""
        self.bytes = 0
        self.body = b""
        self.streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, asked: Asked) -> float:
        """Ask, read all of the answer, give the seconds that took. Raises WrongAnswerError, OSError."""
        self.cookies, self.token = {}, ""
        if "journey" not in asked:
            return await self._ask(asked)
        took, size, body = 0.0, 0, b""
        for step in asked["journey"]:
            took += await self._ask(step)
            size, body = size + self.bytes, body + self.body
        self.bytes, self.body = size, body
        return took

    async def _ask(self, asked: Asked) -> float:
        message = self._message(asked)
        began = time.perf_counter()
        reader, writer = self.streams or await self._connect()
        writer.write(message)
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            body = await _body(reader, head)
        except asyncio.IncompleteReadError as error:
            self.streams = None
            raise OSError("closed without a whole answer") from error
        took = time.perf_counter() - began
        self._note(head, body)
        self.bytes, self.body = len(head) + len(body), body
        status = int(head[9:12])
        if status != asked.get("status", 200):
            raise WrongAnswerError(f"{asked['path']}: {status} {body[:300]!r}")
        if b"\r\nconnection: close" in head.lower():
            await self.close()
        return took

    def _message(self, asked: Asked) -> bytes:
        host, number = f"127.0.0.1:{self.port}", next(self.numbers)
        headers = {"Host": host}
        headers |= {name: value.format(host=host, address=_address(number)) for name, value in asked["headers"].items()}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        body = b""
        if "form" in asked:
            form = {name: value.replace("{token}", self.token) for name, value in asked["form"].items()}
            form |= {name: values[number % len(values)] for name, values in asked.get("turns", {}).items()}
            if "count" in asked:
                form[asked["count"]] = str(number)
            body = urlencode(form).encode()
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Content-Length": str(len(body))}
        lines = [f"{asked.get('method', 'GET')} {asked['path']} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + body

    def _note(self, head: bytes, body: bytes) -> None:
        for line in head.split(b"\r\n"):
            if line[:11].lower() == b"set-cookie:":
                name, _, value = line[11:].decode().strip().partition(";")[0].partition("=")
                self.cookies[name] = value
        if found := TOKEN.search(body):
            self.token = found[1].decode()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        self.streams = await asyncio.open_connection("127.0.0.1", self.port, limit=2**20)
        return self.streams

    async def close(self) -> None:
        if self.streams:
            self.streams[1].close()
            with suppress(OSError):
                await self.streams[1].wait_closed()
        self.streams = None


def _address(number: int) -> str:
    """An IP address of its own for each journey: so many log-ins from one would be refused."""
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


async def _body(reader: asyncio.StreamReader, head: bytes) -> bytes:
    lower = head.lower()
    if b"\r\ntransfer-encoding: chunked" in lower:
        parts = []
        while size := int(await reader.readuntil(b"\r\n"), 16):
            parts.append((await reader.readexactly(size + 2))[:-2])
        await reader.readexactly(2)
        return b"".join(parts)
    found = re.search(rb"\r\ncontent-length: *(\d+)", lower)
    return await reader.readexactly(int(found[1])) if found else b""


async def load(port: int, asks: list[list[Asked]], seconds: float, think: float) -> dict[str, Any]:
    """As many clients at once as there are lists in `asks`; each goes round its own. `think`: mean seconds between an
    answer and the next request. Gives the seconds of each answer, sorted, the errors by what they say, the seconds
    that count and those of it all, and its CPU seconds."""
    times: list[float] = []
    errors: Counter[str] = Counter()
    began = time.perf_counter()
    # Where people think, the first seconds are not measured: they are still connecting, one after the other.
    opens = began + think
    ends = opens + seconds
    rng = random.Random(1)  # noqa: S311  - pauses

    async def work(own: list[Asked]) -> None:
        client = Client(port)
        if think:
            await asyncio.sleep(rng.uniform(0, think))
        turn = 0
        while (now := time.perf_counter()) < ends:
            try:
                took = await client.ask(own[turn % len(own)])
                if now >= opens:
                    times.append(took)
            except (WrongAnswerError, OSError) as error:
                errors[str(error)[:200]] += 1
                client.streams = None
            turn += 1
            if think:
                await asyncio.sleep(rng.uniform(0.5 * think, 1.5 * think))
        await client.close()

    async with asyncio.TaskGroup() as group:
        for own in asks:
            group.create_task(work(own))
    # Everybody thinks once more after the end, when no load is left: that time must not count.
    took = seconds if think else time.perf_counter() - opens
    whole = time.perf_counter() - began
    return {
        "times": sorted(times),
        "seconds": took,
        "lasted": whole,
        "cpu": time.process_time(),
        "errors": dict(errors),
    }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(load(**json.load(sys.stdin)))))
