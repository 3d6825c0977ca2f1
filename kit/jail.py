"""A sandboxed interpreter for code that reads untrusted files: `python -P -s -m kit.jail TERMS MODULE` runs MODULE in
it.

Three restrictions are set before MODULE and its imports are loaded, so that they apply to every thread. Child processes
inherit them, and no process can remove them.

- Limits on memory, processor time and the size of files (setrlimit).

- No network, no access to other processes, no kernel features that a decoder never needs (seccomp, see seccomp(2)). It
is a list of refused calls: lists of all calls that a C library may make grow old and break. Calls newer than this file,
and those of another architecture or ABI, are refused altogether.

- Files: one folder to write in; Python, its packages and the system's libraries to read (Landlock, see landlock(7)).

If a kernel lacks one of the last two, as macOS lacks both, the others apply; `missing` names it.
"""

import ctypes
import functools
import math
import os
import platform
import resource
import runpy
import signal
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

from kit.lifeline import die_with_parent

_PR_SET_NO_NEW_PRIVS = 38

# Loaded before any fork: a child of a process with threads should not load libraries.
_LIBC = ctypes.CDLL(None, use_errno=True)

_EPERM, _ENOSYS = 1, 38

# AUDIT_ARCH of each machine, and the column of its call numbers.
_MACHINES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
# Calls that are refused: name, number on x86_64, number on aarch64.
_CALLS = """
socket 41 198  socketpair 53 199  connect 42 203  bind 49 200  sendto 44 206  sendmsg 46 211  sendmmsg 307 269
io_uring_setup 425 425  io_uring_enter 426 426  io_uring_register 427 427
ptrace 101 117  process_vm_readv 310 270  process_vm_writev 311 271  process_madvise 440 440  pidfd_getfd 438 438
kcmp 312 272  setsid 112 157  setpgid 109 154  truncate 76 45
mount 165 40  umount2 166 39  pivot_root 155 41  chroot 161 51  move_mount 429 429  open_tree 428 428  fsopen 430 430
fsmount 432 432  fsconfig 431 431  fspick 433 433  mount_setattr 442 442  unshare 272 97  setns 308 268
name_to_handle_at 303 264  open_by_handle_at 304 265
chmod 90 -  fchmod 91 52  fchmodat 268 53  fchmodat2 452 452  chown 92 -  fchown 93 55  lchown 94 -  fchownat 260 54
setxattr 188 5  lsetxattr 189 6  fsetxattr 190 7  removexattr 197 14  lremovexattr 198 15  fremovexattr 199 16
shmget 29 194  semget 64 190  msgget 68 186  mq_open 240 180
add_key 248 217  request_key 249 218  keyctl 250 219  bpf 321 280  perf_event_open 298 241  userfaultfd 323 282
kexec_load 246 104  kexec_file_load 320 294  init_module 175 105  finit_module 313 273  delete_module 176 106
swapon 167 224  swapoff 168 225  reboot 169 142  acct 163 89  quotactl 179 60  quotactl_fd 443 443  syslog 103 116
settimeofday 164 170  clock_settime 227 112  clock_adjtime 305 266  adjtimex 159 171  sethostname 170 161
setdomainname 171 162  personality 135 92  iopl 172 -  ioperm 173 -  modify_ldt 154 -
"""
# For jails without child processes: these calls could only start processes, or signal others.
_PROCESSES = """
fork 57 -  vfork 58 -  tkill 200 130  pidfd_send_signal 424 424  rt_sigqueueinfo 129 138  rt_tgsigqueueinfo 297 240
"""
_CLONE, _CLONE3, _IOCTL, _PRLIMIT, _KILL, _TGKILL = (56, 220), (435, 435), (16, 29), (302, 261), (62, 129), (234, 131)
_LAST_CALL = 462
_CLONE_THREAD = 0x10000
_TIOCSTI = 0x5412

_SECCOMP_CALL = (317, 277)
_SECCOMP_SET_MODE_FILTER, _SECCOMP_FILTER_FLAG_TSYNC = 1, 1
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000
# Instructions of classic BPF, and the offsets of the loaded fields in struct seccomp_data.
_LOAD, _EQUAL, _GREATER, _ANY_BIT, _RETURN = 0x20, 0x15, 0x25, 0x45, 0x06
_AT_CALL, _AT_MACHINE, _AT_ARGUMENTS = 0, 4, 16

_LANDLOCK_CREATE_RULESET, _LANDLOCK_ADD_RULE, _LANDLOCK_RESTRICT_SELF = 444, 445, 446
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR, _REMOVE_DIR, _REMOVE_FILE = (1 << bit for bit in range(6))
_MAKE_DIR, _MAKE_REG, _REFER, _TRUNCATE = 1 << 7, 1 << 8, 1 << 13, 1 << 14
# Rights over files that each version of Landlock added, then over TCP, then over signals and abstract sockets.
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 5: 16}
_TCP_SINCE, _TCP_RIGHTS = 4, 0b11
_SCOPE_SINCE, _SCOPES = 6, 0b11

_READ = _READ_FILE | _READ_DIR
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE
_OWN = _READ | _WRITE_FILE | _REMOVE_DIR | _REMOVE_FILE | _MAKE_DIR | _MAKE_REG | _REFER | _TRUNCATE
_LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache", "/dev/urandom")


class Terms(msgspec.Struct, frozen=True):
    """The permissions of a jail: a folder to write in, bytes of memory per process, bytes per file, other programs."""

    folder: str
    memory_bytes: int
    file_bytes: int
    programs: bool


def lock(terms: Terms) -> None:
    """Put this process in the jail permanently; it ends when its parent does. Raises OSError."""
    die_with_parent(signal.SIGKILL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _lower(resource.RLIMIT_FSIZE, terms.file_bytes)
    if sys.platform != "linux":
        return
    # RLIMIT_DATA counts private writable memory, which decoders use. RLIMIT_AS would also count mapped libraries and
    # the address space that threads reserve and never touch: twice as much for the same work.
    _lower(resource.RLIMIT_DATA, terms.memory_bytes)
    _call("prctl", _PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if version := _landlock_version():
        _fence_files(version, terms)
    if platform.machine() in _MACHINES:
        _fence_calls(_refusals(programs=terms.programs))


def forbid_children() -> None:
    """For `preexec_fn` of a program that is started in a jail: it ends with its parent, and starts no other program."""
    die_with_parent(signal.SIGKILL)
    if sys.platform == "linux":
        _call("prctl", _PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        if platform.machine() in _MACHINES:
            _fence_calls(_refusals(programs=False))


def allow_seconds(seconds: float) -> None:
    """Limit this process, and each child, to `seconds` of processor time; then it is killed."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _lower(resource.RLIMIT_CPU, math.ceil(used.ru_utime + used.ru_stime + seconds), for_good=False)


@functools.cache
def missing() -> tuple[str, ...]:
    """Return the restrictions that this machine does not support."""
    if sys.platform != "linux":
        return ("Landlock", "seccomp")
    fences = {"Landlock": _landlock_version() > 0, "seccomp": platform.machine() in _MACHINES}
    return tuple(name for name, there in fences.items() if not there)


def _fence_calls(program: bytes) -> None:
    """Install `program` as the seccomp filter of all threads. Raises OSError."""
    code = ctypes.create_string_buffer(program, len(program))
    filter = struct.pack("HP", len(program) // 8, ctypes.addressof(code))
    call = _SECCOMP_CALL[_column()]
    if thread := _call("syscall", call, _SECCOMP_SET_MODE_FILTER, _SECCOMP_FILTER_FLAG_TSYNC, filter):
        raise OSError(f"Thread {thread} is left outside.")


def _refusals(*, programs: bool) -> bytes:
    """The filter, as classic BPF. Where not `programs`, threads are all that can be started or sent a signal."""
    machine, column = _MACHINES[platform.machine()]
    words = (_CALLS if programs else _CALLS + _PROCESSES).split()
    numbers = [int(number) for number in words[1 + column :: 3] if number != "-"]

    def step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
        return struct.pack("=HBBI", code, if_true, if_false, value)

    def answer(error: int) -> bytes:
        return step(_RETURN, _REFUSE | error if error else _ALLOW)

    def judged(number: int, argument: int, test: int, value: int, when_true: int, when_false: int) -> bytes:
        """A call that is answered by the lower half of one of its arguments."""
        verdict = step(_LOAD, _AT_ARGUMENTS + 8 * argument) + step(test, value, 0, 1)
        return step(_EQUAL, number, 0, 4) + verdict + answer(when_true) + answer(when_false)

    program = step(_LOAD, _AT_MACHINE) + step(_EQUAL, machine, 1, 0) + answer(_EPERM) + step(_LOAD, _AT_CALL)
    program += step(_GREATER, _LAST_CALL, 0, 1) + answer(_ENOSYS)
    # It keeps its flags where a filter cannot look: without it, glibc uses clone.
    program += step(_EQUAL, _CLONE3[column], 0, 1) + answer(_ENOSYS)
    program += b"".join(step(_EQUAL, number, 0, 1) + answer(_EPERM) for number in numbers)
    # Limits of another process; keystrokes put into a terminal.
    program += judged(_PRLIMIT[column], 0, _EQUAL, 0, 0, _EPERM)
    program += judged(_IOCTL[column], 1, _EQUAL, _TIOCSTI, _EPERM, 0)
    if not programs:
        program += judged(_CLONE[column], 0, _ANY_BIT, _CLONE_THREAD, 0, _EPERM)
        for call in (_KILL, _TGKILL):
            program += judged(call[column], 0, _EQUAL, os.getpid(), 0, _EPERM)
    return program + answer(0)


def _fence_files(version: int, terms: Terms) -> None:
    known = (1 << max(bits for since, bits in _FILE_RIGHTS.items() if since <= version)) - 1
    tcp = _TCP_RIGHTS if version >= _TCP_SINCE else 0
    scopes = _SCOPES if version >= _SCOPE_SINCE else 0
    ruleset = _call("syscall", _LANDLOCK_CREATE_RULESET, struct.pack("=QQQ", known, tcp, scopes), 24, 0)
    for path, rights in _granted(terms):
        try:
            place = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        rights &= known if os.path.isdir(path) else _OF_FILES
        if rights:
            # 1: files below `place`.
            _call("syscall", _LANDLOCK_ADD_RULE, ruleset, 1, struct.pack("=Qi", rights, place), 0)
        os.close(place)
    _call("syscall", _LANDLOCK_RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)


def _granted(terms: Terms) -> Iterator[tuple[str, int]]:
    """Paths, and the rights over them and all below."""
    code = _READ | _EXECUTE if terms.programs else _READ
    yield terms.folder, _OWN
    yield "/dev/null", _READ_FILE | _WRITE_FILE
    yield "/proc/cpuinfo", _READ_FILE  # what the processor can do: without it numeric code takes its slowest ways
    installed = {sys.prefix, sys.base_prefix, sys.exec_prefix}
    for path in (*_LIBRARIES, *installed):
        yield path, code
    for path in sys.path:
        if not any(Path(path).is_relative_to(place) for place in installed):
            # A folder of source may hold anything besides: names can be listed, and only what is Python read.
            yield path, _READ_DIR
            for each in Path(path).glob("*"):
                if each.suffix == ".py" or (each / "__init__.py").exists():
                    yield str(each), _READ


def _landlock_version() -> int:
    """Return the version of Landlock; 0 if the kernel lacks it, or it is switched off."""
    return int(max(_LIBC.syscall(_LANDLOCK_CREATE_RULESET, None, 0, 1), 0))


def _column() -> int:
    return _MACHINES[platform.machine()][1]


def _call(function: str, *arguments: int | bytes) -> int:
    """Call a function of the C library. Raises OSError."""
    wide = [each if isinstance(each, bytes) else ctypes.c_long(each) for each in arguments]
    answer: int = getattr(_LIBC, function)(*wide)
    if answer < 0:
        raise OSError(ctypes.get_errno(), f"{function}{arguments[:2]} failed")
    return answer


def _lower(limit: int, value: int, *, for_good: bool = True) -> None:
    hard = resource.getrlimit(limit)[1]
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(limit, (value, value if for_good else hard))


if __name__ == "__main__":
    lock(msgspec.json.decode(sys.argv[1], type=Terms))
    runpy.run_module(sys.argv[2], run_name="__main__", alter_sys=True)
