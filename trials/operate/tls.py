"""A mail server that shows a certificate."""

import asyncio
import base64
import ssl
import threading

from trials.certificates import Signed


class MailServer:
    """Takes mails of `user`, whose password is `right`; with a certificate, after STARTTLS only."""

    def __init__(self, certificate: Signed | None = None, *, port: int = 0) -> None:
        self.mails: list[str] = []
        self.port = port
        self.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH) if certificate else None
        if self.context and certificate:
            self.context.load_cert_chain(certificate.file, certificate.key_file)
        self.loop, ready = asyncio.new_event_loop(), threading.Event()
        threading.Thread(target=self._serve, args=[ready], daemon=True).start()
        if not ready.wait(10):
            raise TimeoutError("the mail server did not start")

    def end(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)

    def _serve(self, ready: threading.Event) -> None:
        server = self.loop.run_until_complete(asyncio.start_server(self._talk, "127.0.0.1", self.port))
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        self.loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self.loop):
            task.cancel()
        self.loop.run_until_complete(asyncio.sleep(0))

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        is_safe, is_known = self.context is None, False
        writer.write(b"220 trial\r\n")
        while line := await reader.readline():
            word, _, rest = line.decode(errors="replace").strip().partition(" ")
            match word.upper():
                case "EHLO":
                    writer.write(b"250-trial\r\n250 AUTH PLAIN\r\n" if is_safe else b"250-trial\r\n250 STARTTLS\r\n")
                case "STARTTLS" if self.context and not is_safe:
                    writer.write(b"220 go on\r\n")
                    await writer.drain()
                    try:
                        await writer.start_tls(self.context)
                    except OSError:  # they did not like our certificate
                        return
                    is_safe = True
                case "AUTH" if is_safe:
                    is_known = base64.b64decode(rest.rpartition(" ")[2]) == b"\0user\0right"
                    writer.write(b"235 welcome\r\n" if is_known else b"535 wrong user or password\r\n")
                case "MAIL" | "RCPT" if not is_known:
                    writer.write(b"530 log in first\r\n")
                case "DATA" if is_known:
                    writer.write(b"354 go on\r\n")
                    text = await reader.readuntil(b"\r\n.\r\n")
                    self.mails.append(text.decode(errors="replace"))
                    writer.write(b"250 taken\r\n")
                case "QUIT":
                    writer.write(b"221 bye\r\n")
                    break
                case _:
                    writer.write(b"250 ok\r\n")
            await writer.drain()
        writer.close()
