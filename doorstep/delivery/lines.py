"""The lines out: for each kind of channel its providers, in order; the second takes over while the first rests."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from doorstep.channels import Channel, open_channels
from doorstep.errors import ConfigError
from doorstep.links import Links, open_links
from doorstep.rollout import Rollout
from doorstep.settings import Settings

REHEARSAL = "outbox"


class Resting(NamedTuple):
    """A provider that failed lately: how often in a row, and until when it is left alone."""

    failures: int
    until: int


Rests = Mapping[tuple[str, str], Resting]        # by provider and kind


@dataclass(frozen=True)
class Lines:
    """Who carries what. With an allow-list, whoever is not on it is written to the `rehearsal` instead."""

    by_kind: Mapping[str, Sequence[Channel]]
    allowed: frozenset[str] = frozenset()
    rehearsal: Mapping[str, Channel] = field(default_factory=dict)
    links: Links | None = None

    @classmethod
    def of(cls, channels: Mapping[str, Channel]) -> "Lines":
        """One provider for each kind."""
        return cls({kind: (channel,) for kind, channel in channels.items()})

    def __iter__(self) -> Iterator[Channel]:
        """Every channel, once."""
        yield from (channel for channels in self.by_kind.values() for channel in channels)
        yield from self.rehearsal.values()

    def carrier(self, kind: str, to: str, rests: Rests, now: int) -> Channel | None:
        """The channel that takes a message of this kind to this address now; None while all of them rest."""
        if self.allowed and to.casefold() not in self.allowed:
            return self.rehearsal.get(kind)
        for channel in self.by_kind[kind]:
            if _wakes(channel, rests) <= now:
                return channel
        return None

    def away(self, rests: Rests, now: int) -> dict[str, int]:
        """The kinds of which every provider rests, and when the first of them may be asked again."""
        wake = {kind: min(_wakes(each, rests) for each in channels) for kind, channels in self.by_kind.items()}
        return {kind: at for kind, at in wake.items() if at > now}


def _wakes(channel: Channel, rests: Rests) -> int:
    rest = rests.get((channel.provider, channel.kind))
    return rest.until if rest else 0


def open_lines(rollout: Rollout, settings: Settings) -> Lines:
    """The lines of a rollout: its senders where it is live, else the outbox, and nothing leaves the machine.

    Raises ConfigError where a sender is named that does not carry that kind.
    """
    rehearsal = open_channels(REHEARSAL, rollout, settings)
    if not rollout.file.live:
        return Lines({kind: (channel,) for kind, channel in rehearsal.items()}, links=open_links(settings))
    by_kind: dict[str, Sequence[Channel]] = {
        kind: _opened(rollout, settings, kind, names) for kind, names in rollout.file.senders.items()}
    allowed = frozenset(entry.strip().casefold() for entry in rollout.file.allow_list)
    return Lines(by_kind, allowed, rehearsal if allowed else {}, open_links(settings))


def _opened(rollout: Rollout, settings: Settings, kind: str, names: Sequence[str]) -> tuple[Channel, ...]:
    opened = []
    for name in names:
        channels = open_channels(name, rollout, settings)
        if kind not in channels:
            raise ConfigError(f'{rollout.config_path or rollout.name}: senders.{kind}: "{name}" carries '
                              f'{", ".join(sorted(channels))}, not {kind}')
        opened.append(channels[kind])
    return tuple(opened)
