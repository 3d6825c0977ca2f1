"""Writes down every file that a program and its descendants open, every socket they make and program they start.

`python -P watch.py LOG PROGRAM ARGUMENT...` runs the program and appends to LOG one JSON object for each such call:
`{"program", "call", "what", "error"}`, `what` being the path where there is one, `error` 0 where it succeeded. It sees
a call before a jail's filter does. By ptrace(2) alone; Linux 5.3 or newer.
"""

import ctypes
import json
import os
import signal
import struct
import sys
from pathlib import Path
from typing import TextIO

_TRACEME, _CONT_TO_CALL, _SETOPTIONS, _GET_SYSCALL_INFO = 0, 24, 0x4200, 0x420E
# Stops at calls are told apart; children are followed however they are started; they end with this process.
_OPTIONS = 0x01 | 0x02 | 0x04 | 0x08 | 0x10 | 0x100000
_ENTRY, _EXIT = 1, 2
_ALL_THREADS = 0x40000000

# Name, number on x86_64 and on aarch64, and which argument is a path; the one before it may be the folder.
_TABLE = """
open 2 - 0  creat 85 - 0  openat 257 56 1  openat2 437 437 1  open_by_handle_at 304 265 -  execve 59 221 0
execveat 322 281 1  socket 41 198 -  socketpair 53 199 -  connect 42 203 -  bind 49 200 -  sendto 44 206 -
sendmsg 46 211 -  io_uring_setup 425 425 -  ptrace 101 117 -
"""


def _column(column: int) -> dict[int, tuple[str, int | None]]:
    words = iter(_TABLE.split())
    rows = zip(words, words, words, words, strict=True)
    return {int(row[column]): (row[0], None if row[3] == "-" else int(row[3])) for row in rows if row[column] != "-"}


_CALLS = {0xC000003E: _column(1), 0xC00000B7: _column(2)}

_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
_info = ctypes.create_string_buffer(88)


def _ptrace(request: int, pid: int, address: int = 0, data: int = 0) -> None:
    # A process may be killed between two of these.
    _libc.ptrace(request, pid, address, data)


def _path(pid: int, call: str, at: int, arguments: tuple[int, ...]) -> str:
    """The path that a call names, from the root on; "?" where it cannot be read."""
    try:
        with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
            memory.seek(arguments[at])
            named = memory.read(4096 - arguments[at] % 4096)
            if b"\0" not in named:
                named += memory.read(4096)
        name = os.fsdecode(named.split(b"\0")[0])
        folder = ctypes.c_int(arguments[at - 1]).value if at else -100
        base = os.readlink(f"/proc/{pid}/cwd" if folder == -100 else f"/proc/{pid}/fd/{folder}")
    except OSError:
        return "?"
    return os.path.normpath(os.path.join(base, name))


def _watch(first: int, log: Path) -> int:
    """Until `first` ends: its status."""
    begun: dict[int, dict[str, str | int]] = {}
    with log.open("a", buffering=1) as out:
        while True:
            pid, status = os.waitpid(-1, _ALL_THREADS)
            if os.WIFEXITED(status) or os.WIFSIGNALED(status):
                if pid == first:
                    return status
                continue
            stopped, passed_on = os.WSTOPSIG(status), 0
            if stopped == signal.SIGTRAP | 0x80:
                _note(pid, begun, out)
            elif stopped not in (signal.SIGTRAP, signal.SIGSTOP):
                passed_on = stopped
            _ptrace(_CONT_TO_CALL, pid, 0, passed_on)


def _note(pid: int, begun: dict[int, dict[str, str | int]], out: TextIO) -> None:
    _libc.ptrace(_GET_SYSCALL_INFO, pid, len(_info), ctypes.addressof(_info))
    kind, machine = struct.unpack_from("=B3xI", _info.raw)
    if kind == _ENTRY:
        number, *arguments = struct.unpack_from("=7Q", _info.raw, 24)
        if found := _CALLS[machine].get(number):
            call, at = found
            what = "" if at is None else _path(pid, call, at, tuple(arguments))
            begun[pid] = {"program": os.readlink(f"/proc/{pid}/exe"), "call": call, "what": what}
    elif kind == _EXIT and pid in begun:
        [answer] = struct.unpack_from("=q", _info.raw, 24)
        out.write(json.dumps(begun.pop(pid) | {"error": -min(answer, 0)}) + "\n")


def main(log: Path, *command: str) -> int:
    """Run and watch `command`; ends as it does."""
    pid = os.fork()
    if pid == 0:
        _ptrace(_TRACEME, 0)
        os.kill(os.getpid(), signal.SIGSTOP)
        os.execv(command[0], command)
    os.waitpid(pid, 0)
    _ptrace(_SETOPTIONS, pid, 0, _OPTIONS)
    _ptrace(_CONT_TO_CALL, pid)
    status = _watch(pid, log)
    return 128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), *sys.argv[2:]))
