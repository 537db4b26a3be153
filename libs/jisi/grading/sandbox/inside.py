"""The way into the sandbox: run as a program by `sandbox.py`, standard library only.

    launcher ── new namespaces ── first process of the new pid namespace ── the program
    (waits)                       (makes its root, waits, ends all others)   (limits, no rights, exec)

The launcher's death kills the first process, and with it the kernel ends every process of the namespace, whatever
sessions they made. The program sees a file system in memory with Python and its libraries, read-only, and a folder of
its own; no network interface that is up; no process but its own.

What happened is told as JSON lines over the descriptor `report`, which the program does not inherit.
"""

import ctypes
import json
import os
import resource
import shutil
import signal
import sys
from pathlib import Path
from typing import Any

WORK = "/work"
_CLONE_NEWNS, _CLONE_NEWUTS, _CLONE_NEWIPC = 0x00020000, 0x04000000, 0x08000000
_CLONE_NEWUSER, _CLONE_NEWPID, _CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
_NAMESPACES = _CLONE_NEWNS | _CLONE_NEWUTS | _CLONE_NEWIPC | _CLONE_NEWPID | _CLONE_NEWNET
_MS_NOSUID, _MS_NODEV, _MS_BIND, _MS_REC, _MS_PRIVATE = 2, 4, 4096, 16384, 1 << 18
_SYS_MOUNT_SETATTR = 442
_AT_FDCWD, _AT_RECURSIVE = -100, 0x8000
_MOUNT_ATTR_RDONLY, _MOUNT_ATTR_NOSUID, _MOUNT_ATTR_NODEV = 1, 2, 4
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38
_NOBODY = 65534
_FIRST_UID = 2_000_000_000
"""Where root runs programs: each as a user of its own, so that the limit of processes counts its own alone."""
_DEVICES = ("null", "zero", "full", "random", "urandom")
_FAILED = 125


class _MountAttributes(ctypes.Structure):
    _fields_ = (
        ("attr_set", ctypes.c_uint64),
        ("attr_clr", ctypes.c_uint64),
        ("propagation", ctypes.c_uint64),
        ("userns_fd", ctypes.c_uint64),
    )


class _Kernel:
    """The system calls that Python 3.11 does not have."""

    def __init__(self) -> None:
        self._c = ctypes.CDLL(None, use_errno=True)

    def unshare(self, flags: int) -> None:
        self._checked("unshare", self._c.unshare(flags))

    def mount(self, source: str, target: str, kind: str | None, flags: int, options: str | None = None) -> None:
        words = [None if word is None else word.encode() for word in (source, target, kind, options)]
        self._checked(f"mount {target}", self._c.mount(words[0], words[1], words[2], ctypes.c_ulong(flags), words[3]))

    def make_read_only(self, target: str) -> None:
        """With all that is mounted below it; Linux 5.12 or newer."""
        wanted = _MOUNT_ATTR_RDONLY | _MOUNT_ATTR_NOSUID | _MOUNT_ATTR_NODEV
        attributes = _MountAttributes(wanted, 0, 0, 0)
        size = ctypes.c_size_t(ctypes.sizeof(attributes))
        done = self._c.syscall(
            ctypes.c_long(_SYS_MOUNT_SETATTR),
            ctypes.c_int(_AT_FDCWD),
            target.encode(),
            ctypes.c_uint(_AT_RECURSIVE),
            ctypes.byref(attributes),
            size,
        )
        self._checked(f"mount_setattr {target}", done)

    def prctl(self, option: int, value: int) -> None:
        self._checked("prctl", self._c.prctl(option, ctypes.c_ulong(value), 0, 0, 0))

    @staticmethod
    def _checked(what: str, result: int) -> None:
        if result != 0:
            number = ctypes.get_errno()
            raise OSError(number, f"{what}: {os.strerror(number)}")


def main() -> None:
    """Read what to run from the first argument, run it, tell how it ended."""
    job: dict[str, Any] = json.loads(sys.argv[1])
    report = int(job["report"])
    os.set_inheritable(report, False)
    try:
        uid = _enter(job)
    except OSError as error:
        if job["needs_isolation"]:
            _tell(report, {"refused": str(error.strerror)})
            sys.exit(_FAILED)
        uid = None
    try:
        _fork_and_wait(job, report, uid)
    except OSError as error:
        _tell(report, {"failed": f"{type(error).__name__}: {error}"})
        sys.exit(_FAILED)


def _enter(job: dict[str, Any]) -> int:
    """Enter new namespaces; gives the user to become: ours where the namespace maps nobody to it."""
    kernel, uid, gid = _Kernel(), os.geteuid(), os.getegid()
    if not job["isolate"]:
        raise OSError(0, "isolation is switched off")
    if uid == 0 and _maps_everybody():
        try:
            kernel.unshare(_NAMESPACES)
        except PermissionError:
            pass  # root of a container, without its rights
        else:
            return _FIRST_UID + os.getpid()
    kernel.unshare(_NAMESPACES | _CLONE_NEWUSER)
    Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
    Path("/proc/self/uid_map").write_text(f"{_NOBODY} {uid} 1", encoding="ascii")
    Path("/proc/self/gid_map").write_text(f"{_NOBODY} {gid} 1", encoding="ascii")
    return _NOBODY


def _fork_and_wait(job: dict[str, Any], report: int, uid: int | None) -> None:
    first = os.fork()
    if first == 0:
        try:
            _be_first(job, report, uid)
        except BaseException as error:  # noqa: BLE001 - a forked process must not run on
            _tell(report, {"failed": f"{type(error).__name__}: {error}"})
        os._exit(_FAILED)
    os.close(report)
    os.waitpid(first, 0)


def _be_first(job: dict[str, Any], report: int, uid: int | None) -> None:
    """Make the root, start the program in it, wait for it; everything left ends with this process."""
    kernel = _Kernel() if sys.platform == "linux" else None
    if kernel is not None:
        kernel.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if kernel is not None and uid is not None:
        _make_root(kernel, job)
        os.chroot(job["root"])
        os.chdir(WORK)
    else:
        os.chdir(job["folder"])
    program = os.fork()
    if program == 0:
        try:
            _limit(job["limits"])
            _become(uid)
            if kernel is not None:
                kernel.prctl(_PR_SET_NO_NEW_PRIVS, 1)
            _tell(report, {"ready": "none" if uid is None else "namespaces"})
            os.execve(job["argv"][0], job["argv"], job["environment"])  # noqa: S606 - all of it is ours
        except BaseException as error:  # noqa: BLE001 - as above
            _tell(report, {"failed": f"{type(error).__name__}: {error}"})
        os._exit(_FAILED)
    for descriptor in (0, 1, 2):
        os.close(descriptor)
    ended, status = os.wait()
    while ended != program:  # orphans of the program come to us
        ended, status = os.wait()
    _tell(report, {"exit": os.waitstatus_to_exitcode(status)})
    os._exit(0)


def _make_root(kernel: _Kernel, job: dict[str, Any]) -> None:
    root, size = job["root"], job["limits"]["disk_bytes"]
    kernel.mount("none", "/", None, _MS_REC | _MS_PRIVATE)
    kernel.mount("tmpfs", root, "tmpfs", _MS_NOSUID | _MS_NODEV, f"size={size},mode=755")
    for shown in job["shown"]:
        target = Path(root + shown)
        target.parent.mkdir(parents=True, exist_ok=True)
        if Path(shown).is_symlink():
            target.symlink_to(Path(shown).readlink())
            continue
        _mount_point(target, folder=Path(shown).is_dir())
        kernel.mount(shown, str(target), None, _MS_BIND | _MS_REC)
        kernel.make_read_only(str(target))
    (Path(root) / "dev").mkdir()
    for device in _DEVICES:
        _mount_point(Path(root) / "dev" / device, folder=False)
        kernel.mount(f"/dev/{device}", f"{root}/dev/{device}", None, _MS_BIND)
    for folder in (WORK, "/tmp"):  # noqa: S108 - in a root of its own
        Path(root + folder).mkdir(exist_ok=True)
        Path(root + folder).chmod(0o777)
    for file in Path(job["folder"]).iterdir():
        copy = shutil.copyfile(file, f"{root}{WORK}/{file.name}")
        Path(copy).chmod(0o666)


def _mount_point(target: Path, *, folder: bool) -> None:
    if folder:
        target.mkdir(parents=True, exist_ok=True)
    else:
        target.touch()


def _limit(limits: dict[str, int]) -> None:
    for name, value in (
        ("RLIMIT_CPU", limits["cpu_seconds"]),
        ("RLIMIT_AS", limits["memory_bytes"]),
        ("RLIMIT_FSIZE", limits["file_bytes"]),
        ("RLIMIT_NOFILE", limits["open_files"]),
        ("RLIMIT_NPROC", limits["processes"]),
        ("RLIMIT_CORE", 0),
    ):
        kind = getattr(resource, name)
        _, most = resource.getrlimit(kind)
        bound = value if most == resource.RLIM_INFINITY else min(value, most)
        resource.setrlimit(kind, (bound, bound))


def _become(uid: int | None) -> None:
    """Give up root, for good; in a user namespace the rights end with exec, since nobody is not root there."""
    if os.geteuid() != 0:
        return
    user = _NOBODY if uid is None else uid
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)


def _maps_everybody() -> bool:
    """Whether we are root of the machine: in a user namespace of few users we could become none of our own choice."""
    last = int(Path("/proc/self/uid_map").read_text(encoding="ascii").split()[2])
    return last > _FIRST_UID + 2**22  # ids of processes end there


def _tell(report: int, what: dict[str, Any]) -> None:
    os.write(report, (json.dumps(what) + "\n").encode())


if __name__ == "__main__":
    main()
