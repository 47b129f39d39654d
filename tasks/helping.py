"""More senders for one rollout: further runs on the work pool, on any machine, that share what is due."""

from datetime import datetime

from prefect.deployments import run_deployment
from prefect.exceptions import ObjectNotFound
from prefect.logging import get_run_logger

from doorstep.delivery.picking import are_many
from doorstep.errors import UsageError
from doorstep.timing import to_instant
from tasks.desk import desk
from tasks.patience import patient

WORTH_SHARING = 5000         # notices; fewer are done before a helper has started


def helper_deployment(rollout: str) -> str:
    """The deployment that a helper is a run of."""
    return f"hand-over-{rollout}"


@patient("call more senders")
def call_helpers(rollout: str, now: datetime) -> int:
    """Start the runs that help this one, where the rollout wants several senders; returns how many.

    The same moment calls the same helpers: a run that is tried again starts no second ones.
    """
    with desk(rollout) as at:
        wanted = at.rollout.file.senders_at_once - 1
        if wanted and at.store.sqlite:
            raise UsageError(f"{rollout}: senders_at_once is {wanted + 1}, but SQLite has one writer; set "
                             "DOORSTEP_DATABASE_URL to a PostgreSQL, or senders_at_once to 1")
        with at.store.read() as connection:
            if not wanted or not are_many(connection, at.rollout, to_instant(now), WORTH_SHARING):
                return 0
    for number in range(1, wanted + 1):
        _call(rollout, now, number)
    return wanted


def _call(rollout: str, now: datetime, number: int) -> None:
    name = helper_deployment(rollout)
    try:
        run_deployment(f"hand-over/{name}", parameters={"rollout": rollout, "now": now.isoformat()}, timeout=0,
                       idempotency_key=f"{rollout} {now.isoformat()} {number}", as_subflow=False)
    except ObjectNotFound:
        get_run_logger().warning("the deployment %s is not there, so this run sends alone; deploy prefect.yaml anew", name)
