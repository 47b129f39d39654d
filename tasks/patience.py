"""Which failures are worth another try, and how long to wait for it."""

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from prefect import Task, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun

from doorstep.errors import Transient

P = ParamSpec("P")
R = TypeVar("R")
WAITS = [10.0, 30.0, 90.0, 270.0]      # seconds; with the jitter some ten minutes in all


def worth_retrying(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    """Only when the outside world was busy or away: our own mistakes fail at once, with their own sentence."""
    try:
        state.result()
    except Transient:
        return True
    except BaseException:
        return False
    return False


def patient(name: str) -> Callable[[Callable[P, R]], Task[P, R]]:
    """A task that waits and tries again while the outside world is away.

    It has no tags: for each tag Prefect asks its server for a place before the task starts, which takes seconds.
    """
    return task(
        name=name,
        retries=len(WAITS),
        retry_delay_seconds=WAITS,
        retry_jitter_factor=0.5,           # so that rollouts that failed together do not come back together
        retry_condition_fn=worth_retrying,
        cache_policy=NO_CACHE,             # the database knows what is done; a cache would be a second opinion
    )
