"""Ready to send? Senders that open, keys that are there, letters that have time."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from doorstep.delivery.lines import open_lines
from doorstep.delivery.ready import check_senders, late_letters
from doorstep.errors import ConfigError
from doorstep.settings import Settings
from tests.making import make_rollout


def settings(folder: Path, **keys: Any) -> Settings:
    return Settings(home=folder, **keys)


def test_a_rollout_that_is_not_live_sends_everything_to_the_outbox_whatever_its_senders(tmp_path: Path) -> None:
    lines = open_lines(make_rollout(senders={"email": ["sendgrid"]}), settings(tmp_path))
    assert {channel.provider for channel in lines} == {"outbox"}


def test_a_live_rollout_opens_its_senders_in_order(tmp_path: Path) -> None:
    senders = {"email": ["sendgrid", "ses"], "post": ["print_house"]}
    lines = open_lines(make_rollout(live=True, senders=senders), settings(tmp_path))
    assert {kind: [each.provider for each in channels] for kind, channels in lines.by_kind.items()} \
        == {"email": ["sendgrid", "ses"], "post": ["print_house"]}


@pytest.mark.parametrize(("senders", "said"), [
    ({"sms": ["sendgrid"]}, 'senders.sms: "sendgrid" carries email, not sms'),
    ({"sms": ["pigeon"]}, '"pigeon" is not a provider'),
    ({"email": ["sendgrid"]}, "senders.email: sendgrid needs SENDGRID_API_KEY"),
    ({"sms": ["twilio"]}, "senders.sms: twilio needs TWILIO_AUTH_TOKEN"),
    ({}, "live = true, but no senders are named"),
])
def test_what_would_stop_a_live_rollout_is_one_sentence_with_the_key(
        tmp_path: Path, senders: dict[str, list[str]], said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SENDGRID_API_KEY", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    providers = {"twilio": {"sender": "+447400000000"}} if "twilio" in str(senders) else {}
    faults, _ = check_senders(make_rollout(live=True, senders=senders, providers=providers), settings(tmp_path))
    assert any(said in fault for fault in faults), faults


def test_with_its_key_a_live_rollout_has_no_fault_and_is_told_which_channels_nobody_carries(tmp_path: Path) -> None:
    keys = settings(tmp_path, sendgrid_api_key=SecretStr("SG.x"))
    faults, remarks = check_senders(make_rollout(live=True, senders={"email": ["sendgrid"]}), keys)
    assert faults == [] and "nobody carries sms, post, voice, call" in remarks[0]


def test_a_key_of_a_provider_that_is_not_known_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"providers\.sendgrid\.regoin"):
        open_lines(make_rollout(live=True, senders={"email": ["sendgrid"]}, providers={"sendgrid": {"regoin": "eu"}}),
                   settings(tmp_path))


def test_a_plan_that_leaves_a_letter_no_time_after_a_bounce_says_so() -> None:
    assert late_letters(make_rollout()) == []
    hasty = late_letters(make_rollout({"reminder": {"until": "10 days before"}}))
    assert "reminder" in hasty[0] and "formal-notice" not in hasty[0]
    tight = make_rollout(plan={"formal-notice": {"channels": ["email", "post"], "until": "26 days before"}})
    assert "formal-notice" in late_letters(tight)[0]
