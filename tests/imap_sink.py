"""A mailbox for tests, spoken to by IMAP over TLS: it holds mails, flags and folders, and can fail on command."""

from __future__ import annotations

import re
import socketserver
import ssl
import threading
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class ImapSink:
    """The mailbox; `mails` are those of its INBOX by number, `moved` those of the other folder."""

    def __init__(self, home: Path, *, can_move: bool = True) -> None:
        self.mails: dict[int, bytes] = {}
        self.seen: set[int] = set()
        self.moved: list[bytes] = []
        self.can_move = can_move
        self.fail_on = ""
        self.certificate = home / "imap.pem"
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(_self_signed(self.certificate))
        sink = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                _Talk(sink, self).run()

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = allow_reuse_address = True

            def get_request(self) -> tuple[ssl.SSLSocket, object]:
                plain, address = super().get_request()
                return context.wrap_socket(plain, server_side=True), address

            def handle_error(self, _request: object, _client: object) -> None:
                """A visitor who does not trust the certificate leaves; that is no error of the mailbox."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Take no more visitors."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Talk:
    def __init__(self, sink: ImapSink, handler: socketserver.StreamRequestHandler) -> None:
        self._sink, self._lines, self._out = sink, handler.rfile, handler.wfile

    def run(self) -> None:
        self._say(b"* OK IMAP4rev1 ready")
        for line in self._lines:
            tag, _space, command = line.strip().decode().partition(" ")
            if self._sink.fail_on and self._sink.fail_on in command.upper():
                return
            self._answer(command)
            self._say(f"{tag} OK done".encode())
            if command.upper() == "LOGOUT":
                return

    def _answer(self, command: str) -> None:
        words = command.upper()
        if words.startswith("CAPABILITY"):
            self._say(b"* CAPABILITY IMAP4rev1 UIDPLUS" + (b" MOVE" if self._sink.can_move else b""))
        elif words.startswith("SELECT"):
            self._say(f"* {len(self._sink.mails)} EXISTS".encode())
        elif words.startswith("UID SEARCH"):
            new = sorted(set(self._sink.mails) - self._sink.seen)
            self._say(b"* SEARCH " + " ".join(map(str, new)).encode())
        elif match := re.match(r"UID (FETCH|STORE|MOVE|COPY|EXPUNGE) (\d+)", words):
            self._of_mail(match.group(1), int(match.group(2)), words)

    def _of_mail(self, act: str, uid: int, words: str) -> None:
        raw = self._sink.mails[uid]
        if act == "FETCH" and "BODY" not in words:
            self._say(f"* {uid} FETCH (UID {uid} RFC822.SIZE {len(raw)})".encode())
        elif act == "FETCH":
            part = raw[: int(match.group(1))] if (match := re.search(r"<0\.(\d+)>", words)) else raw
            self._say(f"* {uid} FETCH (UID {uid} BODY[] {{{len(part)}}}\r\n".encode() + part + b")")
        elif act == "STORE":
            self._sink.seen.add(uid)
        else:
            self._put(act, uid)

    def _put(self, act: str, uid: int) -> None:
        if act != "EXPUNGE":
            self._sink.moved.append(self._sink.mails[uid])
        if act != "COPY":
            del self._sink.mails[uid]

    def _say(self, line: bytes) -> None:
        self._out.write(line + b"\r\n")


def _self_signed(place: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    place.write_bytes(private + made.public_bytes(pem))
    return place
