"""A notice's states and the moves between them; news from a provider never takes a notice backwards."""

from enum import StrEnum


class State(StrEnum):
    """Where a notice stands."""

    DUE = "due"                # born, not yet looked at
    HELD = "held"              # looked at and put off: quiet hours, a cap, a busy provider
    ATTEMPTING = "attempting"  # committed before the call
    UNKNOWN = "unknown"        # the call's outcome was lost; never resent blindly
    ACCEPTED = "accepted"      # the channel took it
    DELIVERED = "delivered"
    BOUNCED = "bounced"        # the channel took it and brought it back
    VOID = "void"              # no longer so, or no longer wanted
    MISSED = "missed"          # past its usefulness
    FAILED = "failed"          # no channel can carry it


SENT = (State.ACCEPTED, State.DELIVERED, State.BOUNCED)

# What an event may make of a state. A late "delivered" does not undo a bounce; a bounce after delivery is believed.
MOVES: dict[State, frozenset[State]] = {
    State.HELD: frozenset({State.ACCEPTED, State.DELIVERED, State.BOUNCED}),       # it waits to be told again, and was told
    State.ATTEMPTING: frozenset({State.ACCEPTED, State.DELIVERED, State.BOUNCED, State.UNKNOWN}),
    State.UNKNOWN: frozenset({State.ACCEPTED, State.DELIVERED, State.BOUNCED}),
    State.ACCEPTED: frozenset({State.DELIVERED, State.BOUNCED}),
    State.DELIVERED: frozenset({State.BOUNCED}),
}

# The words of a send's JSON, for every state: due = their sum, always.
COUNTED = {
    State.DUE: "held", State.HELD: "held", State.ATTEMPTING: "unknown", State.UNKNOWN: "unknown",
    State.ACCEPTED: "sent", State.DELIVERED: "sent", State.BOUNCED: "sent",
    State.VOID: "void", State.MISSED: "missed", State.FAILED: "failed",
}


def move(state: State, news: State) -> State:
    """The state after the news: the news where it leads forward, else what it was."""
    return news if news in MOVES.get(state, frozenset()) else state
