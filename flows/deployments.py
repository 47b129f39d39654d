"""The one list of what people and schedules can start: it stands behind `doorstep up` and behind prefect.yaml.

`python -m flows.deployments > prefect.yaml` writes the file anew; a test holds that it is.
"""

import inspect
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from prefect import Flow
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.deployments.runner import RunnerDeployment
from prefect.schedules import Cron
from prefect.types.entrypoint import EntrypointType
from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import LiteralScalarString

from doorstep.rollout import Rollout, load_rollout, rollout_names
from doorstep.rollout.shape import minutes_of
from doorstep.settings import Settings
from flows.accept_feed import accept_feed
from flows.after import after
from flows.approve_rumour import approve_rumour
from flows.before import before
from flows.during import during
from flows.emergency_stop import emergency_stop
from flows.hand_over import hand_over
from flows.listen import listen
from flows.measure import measure
from flows.nightly import nightly
from flows.pull import pull
from flows.resume import resume
from flows.send import send
from tasks.helping import helper_deployment

POOL = "doorstep"
EVERY_FEW_MINUTES = "*/5 * * * *"
EVERY_MINUTE = "* * * * *"
HEAD = """\
# Every deployment for a Prefect work pool: `prefect work-pool create doorstep --type process`, then
# `prefect --no-prompt deploy --all`, then `prefect worker start --pool doorstep`.
# Made by `python -m flows.deployments > prefect.yaml` from flows/deployments.py and config/rollouts; do not edit.
"""


@dataclass(frozen=True)
class Timetable:
    """When a deployment starts by itself: for one rollout in that rollout's own time, or for all of them."""

    slug: str
    cron: str
    zone: str
    rollout: str = ""

    @property
    def parameters(self) -> dict[str, str]:
        """What the run is told."""
        return {"rollout": self.rollout} if self.rollout else {}


@dataclass(frozen=True)
class Startable:
    """One entry of the list. Only one run of it at a time unless said: the next one waits, or gives way."""

    flow: Flow[..., Any]
    name: str
    tags: tuple[str, ...] = ()
    timetables: tuple[Timetable, ...] = ()
    gives_way: bool = False
    at_once: int = 1
    parameters: tuple[tuple[str, str], ...] = ()

    @property
    def entrypoint(self) -> str:
        """By module, never by path: a path would load flows/ under a second name."""
        return f"{self.flow.fn.__module__}.{self.flow.fn.__name__}"

    @property
    def description(self) -> str:
        """The flow's own words for people, without its list of arguments."""
        return inspect.cleandoc(self.flow.fn.__doc__ or "").split("\nArgs:")[0].strip()

    @property
    def strategy(self) -> ConcurrencyLimitStrategy:
        """What a run does that finds another one at work."""
        return ConcurrencyLimitStrategy.CANCEL_NEW if self.gives_way else ConcurrencyLimitStrategy.ENQUEUE


def startables(rollouts: Sequence[Rollout]) -> list[Startable]:
    """Everything that can be started, for these rollouts."""
    nights = tuple(Timetable(rollout.name, _cron(rollout.file.nightly_at), rollout.file.zone, rollout.name)
                   for rollout in rollouts)
    return [
        Startable(nightly, "nightly", ("night",), nights),
        # One each: a rollout with much to say must not make another one's notices wait or give way.
        *(Startable(send, f"send-{rollout.name}", ("send", rollout.name), gives_way=True,
                    timetables=(Timetable(rollout.name, EVERY_FEW_MINUTES, rollout.file.zone, rollout.name),),
                    parameters=(("rollout", rollout.name),)) for rollout in rollouts),
        *(Startable(hand_over, helper_deployment(rollout.name), ("send", rollout.name), at_once=rollout.file.senders_at_once - 1,
                    parameters=(("rollout", rollout.name),)) for rollout in rollouts if rollout.file.senders_at_once > 1),
        Startable(listen, "listen", ("conversation",), (Timetable("every-minute", EVERY_MINUTE, "UTC"),), gives_way=True),
        *(Startable(phase, phase.name, ("phase",)) for phase in (before, during, after)),
        Startable(pull, "pull", ("schedule",)),
        Startable(accept_feed, "accept-feed", ("schedule", "decision")),
        Startable(approve_rumour, "approve-rumour", ("conversation", "decision")),
        Startable(measure, "measure", ("kpi",)),
        Startable(emergency_stop, "emergency-stop", ("decision",)),
        Startable(resume, "resume", ("decision",)),
    ]


def configured(settings: Settings) -> list[Startable]:
    """The list for every rollout of the configuration."""
    return startables([load_rollout(settings.config, name) for name in rollout_names(settings.config)])


def served(each: Startable) -> RunnerDeployment:
    """The entry as `doorstep up` serves it."""
    return RunnerDeployment.from_flow(
        each.flow, each.name, description=each.description, tags=list(each.tags), parameters=dict(each.parameters),
        schedules=[Cron(table.cron, timezone=table.zone, slug=table.slug, parameters=table.parameters)
                   for table in each.timetables],
        concurrency_limit=ConcurrencyLimitConfig(limit=each.at_once, collision_strategy=each.strategy),
        entrypoint_type=EntrypointType.MODULE_PATH)


def as_yaml(each: Startable) -> dict[str, Any]:
    """The entry as prefect.yaml says it."""
    return {
        "name": each.name,
        "entrypoint": each.entrypoint,
        "description": LiteralScalarString(each.description),
        "tags": list(each.tags),
        "parameters": dict(each.parameters),
        "concurrency_limit": {"limit": each.at_once, "collision_strategy": each.strategy.value},
        "schedules": [{"slug": table.slug, "cron": table.cron, "timezone": table.zone,
                       "parameters": table.parameters} for table in each.timetables],
        "work_pool": {"name": POOL},
    }


def write(settings: Settings, out: Any) -> None:
    """Write prefect.yaml to an open file."""
    out.write(HEAD)
    yaml = YAML()
    yaml.width = 120
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.dump({"name": "doorstep", "pull": None, "deployments": [as_yaml(each) for each in configured(settings)]}, out)


def _cron(clock: str) -> str:
    minutes = minutes_of(clock) % 1440
    return f"{minutes % 60} {minutes // 60} * * *"


if __name__ == "__main__":
    write(Settings(), sys.stdout)
