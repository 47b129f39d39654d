"""Only the outside world's troubles are waited out."""

import pytest
from prefect.states import Crashed, Failed

from doorstep.errors import ConfigError, FeedError, Permanent, Transient
from tasks.patience import worth_retrying
from tasks.pulling import pull_schedule
from tasks.sending import hand_over


@pytest.mark.parametrize(("error", "again"), [
    (Transient("the source is busy"), True),
    (Permanent("the key is wrong"), False),
    (FeedError("cut short"), False),
    (ConfigError("no such column"), False),
    (KeyError("a mistake of ours"), False),
])
def test_a_task_is_tried_again_only_for_a_passing_trouble(error: Exception, again: bool) -> None:
    assert worth_retrying(None, None, Failed(data=error)) is again  # type: ignore[arg-type]


def test_a_crash_is_not_tried_again_in_place() -> None:
    assert worth_retrying(None, None, Crashed(message="killed")) is False  # type: ignore[arg-type]


@pytest.mark.parametrize("task", [pull_schedule, hand_over])
def test_retries_wait_longer_each_time_and_not_in_step(task: object) -> None:
    waits = task.retry_delay_seconds  # type: ignore[attr-defined]
    assert waits == sorted(waits)
    assert task.retries == len(waits)  # type: ignore[attr-defined]
    assert task.retry_jitter_factor  # type: ignore[attr-defined]
