"""Stop and start by word: the address is revoked, whoever shares it, and every notice that waits takes the next channel."""

from collections.abc import Sequence

from sqlalchemy import Connection, text, update

from doorstep.model import Stop, table
from doorstep.rollout import Rollout

S = table(Stop)
PHONE = ("sms", "voice", "call")
# What the owner of the address can take back. That it is another person's, or that someone died, is not theirs to say.
TAKEN_BACK = ("stop", "complaint", "bounce")
_STOP = text("""INSERT INTO stop (rollout, channel, address, purpose, reason, at)
    VALUES (:rollout, :channel, :address, '*', :reason, :at)
    ON CONFLICT (rollout, address, channel, purpose) DO UPDATE SET reason = excluded.reason, at = excluded.at, ended_at = NULL
    WHERE stop.ended_at IS NOT NULL OR (stop.reason NOT IN ('deceased', 'wrong_person') AND stop.reason <> excluded.reason)""")


def stop_words(connection: Connection, rollout: Rollout, channels: Sequence[str], address: str, *, reason: str, now: int) -> bool:
    """Nothing more goes to this address by these channels, for whatever purpose; whether that is news."""
    # In one order, so that two who stop the same address do not wait for each other.
    news = [connection.execute(_STOP, {"rollout": rollout.name, "channel": channel, "address": address, "reason": reason,
                                       "at": now}).rowcount for channel in sorted(channels)]
    return any(count > 0 for count in news)


def start_again(connection: Connection, rollout: Rollout, channel: str, address: str, *, now: int) -> tuple[bool, bool]:
    """End the stops on this address and channel: whether one ended, and whether one stays that a person must look at."""
    mine = (S.c.rollout == rollout.name, S.c.channel == channel, S.c.address == address, S.c.ended_at.is_(None))
    ended = connection.execute(update(S).where(*mine, S.c.reason.in_(TAKEN_BACK)).values(ended_at=now)).rowcount
    stays = connection.execute(S.select().where(*mine).limit(1)).first() is not None
    return ended > 0, stays
