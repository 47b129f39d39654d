"""Passwords: long rather than clever, kept as argon2id, and never more than a few weighed at once."""

import unicodedata
from functools import cached_property
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from doorstep.errors import UsageError

LEAST, MOST = 12, 256
# Each takes 64 MB for a tenth of a second: many at once would be a way to take the machine's memory.
AT_ONCE = 4


class Hasher:
    """Makes and checks what is kept of a password. By default as RFC 9106 (4) says for machines without memory to spare."""

    def __init__(self, argon: PasswordHasher | None = None) -> None:
        self._argon = argon or PasswordHasher()
        self._room = BoundedSemaphore(AT_ONCE)

    def keep(self, password: str) -> str:
        """What the database keeps: parameters, salt and hash."""
        with self._room:
            return self._argon.hash(_normal(password))

    def fits(self, kept: str, password: str) -> bool:
        """Whether this is the password."""
        with self._room:
            try:
                return self._argon.verify(kept, _normal(password))
            except (VerificationError, InvalidHashError):
                return False

    def is_old(self, kept: str) -> bool:
        """Whether it was kept with other parameters than today's."""
        return self._argon.check_needs_rehash(kept)

    @cached_property
    def nobody(self) -> str:
        """Of a password that nobody has: to check against it takes as long as to check a real one."""
        return self.keep("nobody's password, ever")


HASHER = Hasher()


def check_password(password: str, name: str) -> None:
    """Raises UsageError where a password may not be used. What it is made of is nobody's business; its length is."""
    said = _normal(password)
    if len(said) < LEAST:
        raise UsageError(f"the password has {len(said)} characters; it needs at least {LEAST}. A few words together are best")
    if len(said) > MOST:
        raise UsageError(f"the password has {len(said)} characters; at most {MOST} are taken")
    if not said.casefold().replace(name.casefold(), "").strip(" .-_"):
        raise UsageError("the password is the name; choose another one")


def _normal(password: str) -> str:
    # The same letters typed on another keyboard may come as other code points (NIST SP 800-63B, 5.1.1.2).
    return unicodedata.normalize("NFKC", password)
