"""What can go wrong, drawn as a tree.

DoorstepError
├── ConfigError        a file of ours is wrong: names file, key, value and what would be right   (exit 2)
│   └── WordsError     a notice's words are wrong: names file, line and what would be right
├── UsageError         a command or parameter is wrong                                         (exit 2)
├── FeedError          a feed cannot be read at all: names file and reason                      (exit 1)
├── Transient          the outside world is busy or away: try again later                        (retried)
└── Permanent          the outside world said no, and will say no again                          (not retried)
"""

from collections.abc import Sequence


class DoorstepError(Exception):
    """Anything Doorstep says in one clear sentence instead of a stack trace."""

    exit_code = 1


class ConfigError(DoorstepError):
    """Configuration that cannot be used; `faults` holds every mistake found, one sentence each."""

    exit_code = 2

    def __init__(self, faults: str | Sequence[str]) -> None:
        self.faults = [faults] if isinstance(faults, str) else list(faults)
        super().__init__("\n".join(self.faults))


class WordsError(ConfigError):
    """Words of a notice that cannot be used; `faults` holds every mistake found."""


class UsageError(DoorstepError):
    """A command or parameter that cannot be carried out as given."""

    exit_code = 2


class FeedError(DoorstepError):
    """A feed that cannot be read at all (bomb, truncated archive, wrong format)."""


class Transient(DoorstepError):
    """The outside world is busy or away; the same call may work later: not before `until` (epoch seconds), where known.

    `code` is a short word for the records: "busy", "away", "auth" (it refuses us as a whole), "full" (our own disk).
    """

    def __init__(self, message: str, *, until: int | None = None, code: str = "busy") -> None:
        super().__init__(message)
        self.until = until
        self.code = code


class Permanent(DoorstepError):
    """The outside world refused, and would refuse the same call again."""
