"""A provider's rate, asked of Prefect: what a hand-over hears when Prefect's server will not say."""

from pathlib import Path

import pytest

from doorstep.channels import open_channels
from doorstep.errors import Transient
from doorstep.rollout import load_rollout
from doorstep.settings import Settings
from tasks.pacing import pacing
from tests.flows.feeds import ROLLOUT

pytestmark = [pytest.mark.flows, pytest.mark.usefixtures("prefect_server")]


def test_a_rate_that_prefect_does_not_know_lets_nobody_pass(home: Path) -> None:
    file = home / "config" / "rollouts" / "northwick.toml"
    file.write_text("rates = { drop = 7 }\n" + file.read_text("utf-8"), "utf-8")
    rollout = load_rollout(Settings().config, ROLLOUT)
    with pytest.raises(Transient, match="Prefect's server lets nothing through to drop") as raised:
        pacing(rollout)(open_channels("drop", rollout, Settings())["email"], 1)
    assert raised.value.code == "busy"
