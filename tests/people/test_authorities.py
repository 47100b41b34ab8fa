"""Authorities of a company's own: whom CA_FILE lets us trust, with mail servers and a site that are really asked."""

import json
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from config import doctor, environment
from people.authorities import advice, trusting
from tests.commands import ran, refusal
from trials.certificates import Signed, authority, signed


class MailHandler(socketserver.BaseRequestHandler):
    """As much of SMTP as a mail needs, with STARTTLS or with TLS from the beginning."""

    server: "MailServer"

    def handle(self) -> None:
        if not self.server.at_once:
            self.request.sendall(b"220 here\r\n")
            self.request.recv(1000)
            self.request.sendall(b"250-here\r\n250 STARTTLS\r\n")
            self.request.recv(1000)
            self.request.sendall(b"220 go on\r\n")
        with self.server.context.wrap_socket(self.request, server_side=True) as line, line.makefile("rwb", 0) as file:
            if self.server.at_once:
                file.write(b"220 here\r\n")
            while words := file.readline():
                answer = {b"DATA": b"354 go on\r\n", b"QUIT": b"221 bye\r\n"}.get(words[:4].upper(), b"250 fine\r\n")
                file.write(answer)
                if answer.startswith(b"354"):
                    while (text := file.readline()) != b".\r\n":
                        self.server.got.append(text)
                    file.write(b"250 taken\r\n")


class MailServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    at_once = False
    context: ssl.SSLContext
    got: list[bytes]

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is what some of these tests are about."""


@contextmanager
def served(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Signed:
    return authority(tmp_path_factory.mktemp("company"), old=True)


@pytest.fixture(scope="module")
def context(company: Signed) -> ssl.SSLContext:
    ours = signed(company, company.file.parent)
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(ours.file, ours.key_file)
    return made


@pytest.fixture(params=["smtp", "smtps"])
def mail_server(
    request: pytest.FixtureRequest, context: ssl.SSLContext, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[MailServer]:
    with MailServer(("127.0.0.1", 0), MailHandler) as server:
        server.context, server.got, server.at_once = context, [], request.param == "smtps"
        monkeypatch.setenv("MAIL_URL", f"{request.param}://127.0.0.1:{server.server_address[1]}")
        # The tests' own mailer gathers mails; this one sends.
        settings.MAILERS = {"default": environment.mailer("MAIL_URL")}
        with served(server):
            yield server


def test_a_mail_server_of_the_company_is_trusted_by_ca_file_alone(
    mail_server: MailServer, company: Signed, settings: Any, tmp_path: Path
) -> None:
    """An authority of the old form, and another company's is none."""
    for known, do in (("", "Name its authority in CA_FILE"), (authority(tmp_path, "x").file, "into CA_FILE, and let")):
        settings.CA_FILE = str(known)
        said = refusal("sendtestemail", "mira@example.com")
        assert said.startswith("no mail was sent: [SSL: CERTIFICATE_VERIFY_FAILED]")
        assert len(said.splitlines()) == 1
        (finding,) = doctor._mail()
        assert (finding.state, do in finding.do, do in said) == ("fail", True, True)
    assert mail_server.got == []
    settings.CA_FILE = str(company.file)
    ran("sendtestemail", "mira@example.com")
    assert b"To: mira@example.com\r\n" in mail_server.got
    assert [finding.state for finding in doctor._mail()][-1] == "ok"


def test_a_certificate_for_another_name_stays_refused(mail_server: MailServer, company: Signed, settings: Any) -> None:
    settings.CA_FILE = str(company.file)
    settings.MAILERS["default"]["OPTIONS"]["host"] = "localhost"
    assert refusal("sendtestemail", "mira@example.com").endswith("Use the name that its certificate is for.")


def test_the_system_s_authorities_stay_and_strictness_goes_with_ca_file_only(company: Signed, settings: Any) -> None:
    before = trusting()
    assert before.verify_flags & ssl.VERIFY_X509_STRICT
    settings.CA_FILE = str(company.file)
    after = trusting()
    assert after.cert_store_stats()["x509"] == before.cert_store_stats()["x509"] + 1
    assert (after.verify_mode, after.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert after.verify_flags == before.verify_flags & ~ssl.VERIFY_X509_STRICT


def test_other_errors_are_not_about_certificates() -> None:
    assert advice(OSError("no route")) == ""


def test_the_doctor_asks_a_site_with_a_certificate_of_the_company(
    context: ssl.SSLContext, company: Signed, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Past the proxy for outgoing traffic where NO_PROXY names it."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps({"address": "127.0.0.1", "scheme": "https", "proxies": 0}).encode())

        log_message = Mock()

    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    settings.SITE_URL, settings.TRUSTED_PROXY_COUNT = f"https://127.0.0.1:{server.server_port}", 0
    with served(server):
        (refused,) = doctor._callers()
        settings.CA_FILE = str(company.file)
        (found,) = doctor._callers()
        monkeypatch.setenv("https_proxy", "http://somebody:hunter2@127.0.0.1:9")
        (proxied,) = doctor._callers()
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        (past_it,) = doctor._callers()
    assert (refused.state, "CERTIFICATE_VERIFY_FAILED" in refused.said, "CA_FILE" in refused.do) == ("warn", True, True)
    assert (found.state, past_it.state) == ("ok", "ok")
    assert proxied.said.startswith("SITE_URL could not be asked whom it sees through the proxy of this machine: ")
    assert (proxied.state, "NO_PROXY" in proxied.do, "hunter2" in str(proxied)) == ("warn", True, False)
