"""The whole system on this machine, by `python app.py`: services, migrations, workers, API and a small demo world."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path
from types import FrameType
from typing import NoReturn

import msgspec

from config import ConfigurationError, Settings
from embedded.process import Process, StartError, answers, claim, dying_with_us, is_ready
from embedded.stack import Stack, environment, reachable
from embedded.watch import Watched, watch
from kit.lifeline import die_with_parent

ROOT = Path(__file__).parents[1]
DEVELOPMENT_LIMITS = {"*": "2000/60"}


_PUBLIC = (
    "HELIOGRAPH_HOST is {host!r}: others could reach this server, whose demo logins are known to everybody and whose "
    "limits are those of development. For a server of your own follow docs/operations/hardening.md; to serve the demo "
    "all the same, set HELIOGRAPH_ALLOW_PUBLIC_DEMO=true."
)


class _Stopped(Exception):
    """A signal asked this process to end."""


def main(settings: Settings, *, workers: int = 1, with_parent: bool = False) -> int:
    """Run until SIGINT, SIGTERM or SIGHUP; 0 after a clean stop. `workers`: web processes.

    `with_parent`: end when the parent does, however.
    """
    if with_parent:
        die_with_parent(signal.SIGTERM)
    state = Path(settings.state_dir).absolute()
    if not _is_loopback(settings.host):
        if not settings.allow_public_demo:
            raise ConfigurationError(_PUBLIC.format(host=settings.host))
        print(f"Warning: anybody who reaches {settings.host} can sign in as ada, with the limits of development.")
    try:
        state.mkdir(parents=True, exist_ok=True)
        # Keys, logs and data: for no other user of this machine.
        state.chmod(0o700)
    except OSError as error:
        raise ConfigurationError(f"HELIOGRAPH_STATE_DIR is {settings.state_dir!r}: {error.strerror}.") from None
    with _lock(state) as ours:
        if not ours:
            print(f"Heliograph is already running from this folder: {_endpoint(state, 'graphql')}")
            return 1
        # A killed process may have left its own.
        (state / "endpoints.json").unlink(missing_ok=True)
        if answers(settings.port, reachable(settings.host)) or not claim(f"api-{settings.port}"):
            print(f"Port {settings.port} is taken by another program. Choose another: HELIOGRAPH_PORT=8001 make run")
            return 1
        try:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
                    signal.signal(number, _stop)
            _run(settings, state, workers)
        except _Stopped:
            return 0
        except StartError as error:
            print(f"Heliograph could not start. {error}")
            return 1


def _is_loopback(host: str) -> bool:
    """Return whether a server that listens on `host` can be reached from this machine only."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _stop(number: int, frame: FrameType | None) -> None:
    """Stop all processes, however far the start has come.

    A second Ctrl-C ends this process at once; the kernel then ends the children.
    """
    _stop_only_once()
    raise _Stopped


def _stop_only_once() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


def _run(settings: Settings, state: Path, processes: int) -> NoReturn:
    settings = msgspec.structs.replace(settings, limits=settings.limits or DEVELOPMENT_LIMITS)
    stack = Stack(state, settings, say=_say)
    settings = stack.settings
    environ = environment(settings)
    api, workers = _api(settings, state, environ, processes), _workers(state, environ)
    try:
        _say("Starting " + (", ".join(part.process.name for part in stack.parts.values()) or "on the parts given"))
        stack.start()
        _python("migrations", environ, "The database could not be migrated.")
        _say("The database is migrated")
        workers.start()
        api.start()
        api.wait_until(lambda: is_ready(settings.port, "/readyz", reachable(settings.host)), 60)
        _say("The API and its workers are up")
        _write_endpoints(state, settings)
        _seed(state, environ)
        _tell(settings)
        starts = {api: api.start, workers: workers.start}
        starts |= {part.process: part.start for part in stack.parts.values()}
        watch([Watched(process, start, stack.probes().get(process)) for process, start in starts.items()], state, _say)
    except _Stopped:
        print("\nStopping ...", flush=True)
        raise
    finally:
        _stop_only_once()
        (state / "endpoints.json").unlink(missing_ok=True)
        api.stop()
        workers.stop()
        stack.stop()


def _api(settings: Settings, state: Path, environ: dict[str, str], processes: int) -> Process:
    options = {
        "--host": settings.host,
        "--port": str(settings.port),
        "--workers": str(processes),
        "--ws-max-size": "131072",
        "--timeout-graceful-shutdown": "3",
        "--log-level": "warning",
    }
    command = [sys.executable, "-m", "uvicorn", "app:app", "--no-server-header", "--no-proxy-headers"]
    command += [part for option in options.items() for part in option]
    return Process("The API", lambda: command, state / "logs" / "api.log", environ=environ, folder=ROOT)


def _workers(state: Path, environ: dict[str, str]) -> Process:
    command = [sys.executable, "-m", "workers"]
    return Process("The workers", lambda: command, state / "logs" / "workers.log", environ=environ, folder=ROOT)


def _python(module: str, environ: dict[str, str], complaint: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", module],
        cwd=ROOT,
        env={**os.environ, **environ},
        start_new_session=True,
        preexec_fn=dying_with_us(),
    )
    if ran.returncode:
        raise StartError(complaint)


def _seed(state: Path, environ: dict[str, str]) -> None:
    """Once. A failed demo world is retried at the next start, and does not stop the server."""
    marker = state / "seeded"
    if marker.exists():
        return
    try:
        _python("embedded.seed", environ, "The demo world could not be made; the next start tries again.")
    except StartError as error:
        print(error)
    else:
        marker.touch()


def _write_endpoints(state: Path, settings: Settings) -> None:
    base = f"http://{reachable(settings.host)}:{settings.port}"
    path = state / "endpoints.json"
    path.touch(mode=0o600)
    endpoints = {
        "api": base,
        "graphql": f"{base}/graphql",
        "database": settings.database_url,
        "redis": settings.redis_url,
        "s3": settings.s3_endpoint,
    }
    path.write_text(json.dumps(endpoints, indent=2) + "\n")


def _endpoint(state: Path, name: str) -> str:
    try:
        return str(json.loads((state / "endpoints.json").read_text())[name])
    except (OSError, ValueError, KeyError):
        return "it is still starting"


def _tell(settings: Settings) -> None:
    base = f"http://{reachable(settings.host)}:{settings.port}"
    print(
        f"\n  GraphiQL and API   {base}/graphql\n"
        f"  health             {base}/healthz  {base}/readyz\n"
        f"  demo logins        ada / heliograph   grace / heliograph\n\n"
        f"  Ctrl-C stops it; what it keeps is in {settings.state_dir}/\n",
        flush=True,
    )


def _say(line: str) -> None:
    print(f"{time.strftime('%H:%M:%S')}  {line}", flush=True)


@contextmanager
def _lock(state: Path) -> Iterator[bool]:
    """Return whether this process alone has the lock of the folder, until it ends."""
    with (state / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True
