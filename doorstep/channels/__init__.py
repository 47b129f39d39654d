"""Channels: the ways a notice goes out. One file each, found by its name; a contract test runs over every file.

A file of this folder is a provider. It has `open_channels(rollout, settings) -> dict[str, Channel]`, the channels it
offers by kind; it may have NEEDS, the settings that it cannot do without, and more. `providers()` lists them.
"""

from collections.abc import Mapping, Sequence
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Literal, NamedTuple, Protocol, TypeVar, runtime_checkable

from pydantic import ValidationError

from doorstep.errors import ConfigError, UsageError
from doorstep.rollout import Rollout
from doorstep.rollout.shape import Shape
from doorstep.settings import Settings
from doorstep.words.skeleton import Skeleton

ShapeT = TypeVar("ShapeT", bound=Shape)
State = Literal["accepted", "refused", "throttled", "unknown"]


class Item(NamedTuple):
    """One message to hand over."""

    notice_id: int
    ref: str                               # ours, unique to this attempt; goes to the provider and comes back in events
    to: str                                # an email address, or a number in E.164; for post it may be empty
    skeleton: Skeleton
    texts: Sequence[str]
    name: str = ""                         # for call lists
    address_lines: tuple[str, ...] = ()    # for letters, as they stand in the window
    unsubscribe: str = ""                  # an https address for one-click unsubscribing; empty for duty notices
    until_at: int = 0                      # the end of its usefulness, epoch seconds; 0 where that is not known
    large_print: bool = False              # the customer asked for letters in large print


class Outcome(NamedTuple):
    """What the provider said about one item."""

    notice_id: int
    state: State
    provider_id: str | None = None
    code: str | None = None                # why not, in a short word
    parts: int | None = None               # text message parts, letter pages
    until: int | None = None               # throttled: when to try again, epoch seconds, where the provider says so


@runtime_checkable
class Ledger(Protocol):
    """A channel that can prove what it took: an attempt that was cut off need not stay unknown."""

    def look_up(self, refs: Sequence[str]) -> Mapping[str, str]:
        """The provider's id for each of our references that it took; what is missing was surely not taken."""
        ...


class Channel(Protocol):
    """A way out. `send` answers for every item, in order; it raises Transient only if nothing at all was taken:
    the provider is away, busy as a whole, or refuses us (a wrong key), which is no fault of any customer's."""

    provider: str                          # the file it comes from
    kind: str                              # email | sms | post | voice | call
    batch_size: int                        # the most items of one send
    exactly_once: bool                     # sending the same notice again changes nothing: an unknown outcome may be retried

    def send(self, items: Sequence[Item], *, now: int) -> list[Outcome]:
        """Hand the items over. `now` dates what is dated."""
        ...


def configured(rollout: Rollout, provider: str, shape: type[ShapeT]) -> ShapeT:
    """The `[providers.<name>]` table of a rollout file in the provider's own shape. Raises ConfigError naming the key."""
    try:
        return shape.model_validate(rollout.file.providers.get(provider, {}))
    except ValidationError as error:
        place = rollout.config_path or rollout.name
        raise ConfigError([f"{place}: providers.{provider}.{'.'.join(map(str, fault['loc']))}: {fault['msg']}"
                           for fault in error.errors()]) from error


def providers() -> list[str]:
    """The providers there are, by file name."""
    return sorted(module.name for module in iter_modules(__path__) if not module.name.startswith("_"))


def open_channels(provider: str, rollout: Rollout, settings: Settings) -> dict[str, Channel]:
    """A provider's channels by kind, ready to send for a rollout."""
    opened: dict[str, Channel] = _module_of(provider).open_channels(rollout, settings)
    return opened


def needs_of(provider: str) -> Sequence[str]:
    """The settings that a provider cannot do without, by their names."""
    needs: Sequence[str] = getattr(_module_of(provider), "NEEDS", ())
    return needs


def _module_of(provider: str) -> ModuleType:
    if provider not in providers():
        raise UsageError(f'"{provider}" is not a provider of channels; those are {", ".join(providers())}')
    return import_module(f"doorstep.channels.{provider}")
