"""One list of deployments stands behind `doorstep up` and prefect.yaml."""

from importlib import import_module
from io import StringIO

import pytest

from doorstep.settings import CHECKOUT, Settings
from flows.deployments import Startable, as_yaml, served, startables, write
from tests.making import make_rollout

KAMPALA = make_rollout(zone="Africa/Kampala", nightly_at="03:15")
LIST = startables([KAMPALA])


def named(name: str) -> Startable:
    return next(each for each in LIST if each.name == name)


def test_prefect_yaml_is_what_the_list_says() -> None:
    text = StringIO()
    write(Settings(config=CHECKOUT / "config"), text)
    assert (CHECKOUT / "prefect.yaml").read_text("utf-8") == text.getvalue(), \
        "write it anew: python -m flows.deployments > prefect.yaml"


@pytest.mark.parametrize("each", LIST, ids=lambda each: each.name)
def test_an_entry_point_is_a_module_and_leads_to_the_flow(each: Startable) -> None:
    module, name = each.entrypoint.rsplit(".", 1)
    assert getattr(import_module(module), name) is each.flow


@pytest.mark.parametrize("each", LIST, ids=lambda each: each.name)
def test_both_ways_of_serving_say_the_same(each: Startable) -> None:
    live, file = served(each), as_yaml(each)
    assert live.entrypoint == file["entrypoint"]
    assert (live.name, live.tags, live.parameters) == (file["name"], file["tags"], file["parameters"])
    assert [(s.slug, s.schedule.cron, s.schedule.timezone, s.parameters) for s in live.schedules or []] \
        == [(s["slug"], s["cron"], s["timezone"], s["parameters"]) for s in file["schedules"]]
    assert live.concurrency_options and live.concurrency_limit == file["concurrency_limit"]["limit"] == 1
    assert live.concurrency_options.collision_strategy == file["concurrency_limit"]["collision_strategy"]


def test_a_night_begins_in_the_rollouts_own_time() -> None:
    (night,) = named("nightly").timetables
    assert (night.cron, night.zone, night.rollout) == ("15 3 * * *", "Africa/Kampala", "northwick")


def test_a_second_night_waits_and_a_second_send_gives_way() -> None:
    assert as_yaml(named("nightly"))["concurrency_limit"]["collision_strategy"] == "ENQUEUE"
    assert as_yaml(named("send-northwick"))["concurrency_limit"]["collision_strategy"] == "CANCEL_NEW"


def test_listening_is_for_all_rollouts_every_minute_and_never_twice_at_once() -> None:
    said = as_yaml(named("listen"))
    assert [(table["cron"], table["parameters"]) for table in said["schedules"]] == [("* * * * *", {})]
    assert said["concurrency_limit"] == {"limit": 1, "collision_strategy": "CANCEL_NEW"}


def test_everything_a_person_may_start_is_there_and_described() -> None:
    assert {each.flow.name for each in LIST} \
        == {"nightly", "pull", "before", "during", "after", "send", "measure", "accept-feed", "emergency-stop", "resume",
            "listen", "approve-rumour"}
    assert all(each.description and "Args:" not in each.description for each in LIST)
