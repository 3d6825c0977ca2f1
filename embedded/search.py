"""The search engine (`embedded/search_engine`) as a service of the local stack."""

import socket
import sys
from pathlib import Path

import msgspec

from clients.search import LENGTH, Ask
from embedded.process import Process, free_port

ROOT = Path(__file__).parents[1]


class Search:
    """One engine with its files in `directory`."""

    def __init__(self, directory: Path, logs: Path, port: int = 0) -> None:
        self.directory = directory
        self._port = free_port(port)
        self.process = Process("Search engine", self._command, logs / "search.log", folder=ROOT)

    @property
    def port(self) -> int:
        """On 127.0.0.1."""
        return self._port

    @property
    def url(self) -> str:
        """For `clients.search.SearchEngine`."""
        return f"search://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Start the engine; after a kill, on the same port."""
        self.process.start()

    def wait(self) -> None:
        """Wait until it answers. Raises StartError."""
        self.process.wait_until(self._answers, 30)

    def probe(self) -> None:
        """Read its state. Raises OSError."""
        frame = msgspec.msgpack.encode(Ask())
        with socket.create_connection(("127.0.0.1", self._port), timeout=4) as connection:
            connection.sendall(LENGTH.pack(len(frame)) + frame)
            if len(connection.makefile("rb").read(LENGTH.size)) < LENGTH.size:
                raise OSError("no answer")

    def _answers(self) -> bool:
        try:
            self.probe()
        except OSError:
            return False
        return True

    def _command(self) -> list[str]:
        engine = [sys.executable, "-m", "embedded.search_engine"]
        return [*engine, str(self.directory.absolute()), "127.0.0.1", str(self._port)]
