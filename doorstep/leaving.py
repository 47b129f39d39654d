"""A file left for others: there is never a part of it under its name, and a name is taken once."""

import errno
import os
import secrets
from contextlib import suppress
from pathlib import Path

_FULL = {errno.ENOSPC, errno.EDQUOT}


def leave_file(path: Path, content: bytes) -> bool:
    """Write a file that is not there yet, whole or not at all; False where it is. Unfinished ones begin with a dot.

    It is written beside its place; a second name for it, which only the first to come may take, puts it there. Raises OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        _write(beside, content)
        os.link(beside, path)
    except FileExistsError:
        return False
    finally:
        beside.unlink(missing_ok=True)
    with suppress(OSError):                # it is there; whether it outlasts a power cut is no longer ours to say
        _settle(path.parent)
    return True


def trouble(error: OSError) -> str:
    """What ails the folder, in a word of Transient."""
    return "full" if error.errno in _FULL else "away"


def _write(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _settle(folder: Path) -> None:
    """Make the folder's new name outlast a power cut, where the system can."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
