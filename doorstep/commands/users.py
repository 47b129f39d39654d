"""Who may log in to the desk: added, listed and ended from the machine that runs it."""

import sys
from datetime import UTC, datetime
from getpass import getpass, getuser
from typing import Annotated

import typer

from doorstep.commands.desk import By, Json, errors, out
from doorstep.errors import UsageError
from doorstep.settings import Settings

user = typer.Typer(no_args_is_help=True, help="Who may log in to the desk.")
UserName = Annotated[str, typer.Argument(metavar="NAME", help='The name to log in with, like "ada.okello".')]


@user.command()
def add(name: UserName, role: Annotated[str, typer.Option(help="viewer, agent or manager.")], by: By = "") -> None:
    """Let someone log in; the password is asked for, or read from standard input."""
    from doorstep.desk.users import add_user
    from doorstep.store import open_store

    add_user(open_store(Settings()), name=name, role=role, password=_password(), by=by or getuser(), now=_now())
    out.print(f"{name} may log in as {role}", highlight=False, markup=False)


@user.command("list")
def list_users(as_json: Json = False) -> None:
    """Everyone who may log in, or could once."""
    from doorstep.desk.users import all_users
    from doorstep.store import open_store

    with open_store(Settings()).read() as connection:
        rows = all_users(connection)
    if as_json:
        out.print_json(data=[{"name": row.name, "role": row.role, "ended": row.ended_at is not None} for row in rows])
        return
    for row in rows:
        out.print(f"{row.name:<24} {row.role}{' (ended)' if row.ended_at else ''}", highlight=False, markup=False)


@user.command("end")
def end(name: UserName, by: By = "") -> None:
    """End someone's access at once."""
    from doorstep.desk.users import end_user
    from doorstep.store import open_store

    end_user(open_store(Settings()), name=name, by=by or getuser(), now=_now())
    out.print(f"{name} may no longer log in", highlight=False, markup=False)


@user.command("password")
def password(name: UserName, by: By = "") -> None:
    """Give someone a new password; every session of theirs ends."""
    from doorstep.desk.users import set_password
    from doorstep.store import open_store

    set_password(open_store(Settings()), name=name, password=_password(), by=by or getuser(), now=_now())
    out.print(f"{name} has a new password; every session has ended", highlight=False, markup=False)


def _password() -> str:
    """Never an option: those stand in the shell's history and in the list of processes."""
    if not sys.stdin.isatty():
        said = sys.stdin.readline().rstrip("\r\n")
        if not said:
            raise UsageError("no password came on standard input; write it there as one line")
        return said
    errors.print("At least 12 characters; a few words together are best.")
    said = getpass("Password: ")
    if said != getpass("Again: "):
        raise UsageError("the two passwords are not the same; nothing was changed")
    return said


def _now() -> int:
    return int(datetime.now(UTC).timestamp())
