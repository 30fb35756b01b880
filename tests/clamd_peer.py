"""A scanner for tests: speaks clamd's INSTREAM on loopback, and finds the virus that everybody knows."""

import socketserver
import struct
import threading
from typing import Any

from tests.file_makers import EICAR


class _Talk(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        command = self.rfile.readline().strip()
        assert command == b"nINSTREAM", command
        content = b""
        while length := struct.unpack("!L", self.rfile.read(4))[0]:
            content += self.rfile.read(length)
        server: Any = self.server
        server.scanned.append(content)
        answer = server.says or ("Eicar-Signature FOUND" if EICAR in content else "OK")
        self.wfile.write(f"stream: {answer}\n".encode())


class ClamdPeer(socketserver.ThreadingTCPServer):
    """A scanner that notes what it was sent; ``says`` is what it answers whatever comes."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.scanned: list[bytes] = []
        self.says = ""
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """Return where it listens, as the settings name it."""
        return f"127.0.0.1:{self.server_address[1]}"

    def stop(self) -> None:
        """Listen no more."""
        self.shutdown()
        self.server_close()
        self._thread.join()
