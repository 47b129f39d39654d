"""What a person fills in to start a flow: a rollout from the list, and a moment in plain writing."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from doorstep.errors import UsageError
from doorstep.rollout import rollout_names
from doorstep.settings import Settings


def _names() -> dict[str, str]:
    folder = Settings().config
    names = {name: name for name in rollout_names(folder)}
    if not names:
        raise UsageError(f"{folder / 'rollouts'} holds no rollout yet; write one as <name>.toml")
    return names


# Prefect draws an enum as a drop-down. It is made when this module loads: a new rollout needs `doorstep up` anew.
RolloutName = StrEnum("RolloutName", _names())  # type: ignore[misc]  # mypy wants the names written out here


def _read(written: Any) -> Any:
    if not isinstance(written, str):
        return written
    try:
        return datetime.fromisoformat(written.strip()) if written.strip() else None
    except ValueError:
        raise ValueError(f'"{written}" is not a date; write one like "2027-03-09" or "2027-03-09 14:30"') from None


Moment = Annotated[datetime | None, BeforeValidator(_read)]
FeedId = Annotated[int, Field(ge=1)]
Count = Annotated[int, Field(ge=0)]
PersonName = Annotated[str, Field(min_length=2, max_length=80)]
Reason = Annotated[str, Field(min_length=3, max_length=300)]
Words = Annotated[str | None, BeforeValidator(lambda written: (written or "").strip() or None)]
StopId = Annotated[int | None, Field(ge=1)]
