"""When a busy provider wants to be asked again: the same header read the same way for every provider."""

import time
from email.utils import formatdate

import pytest

from doorstep.channels._retry_after import moment_in

NOW = 1_800_000_000


@pytest.mark.parametrize(("said", "moment"), [
    ("30", NOW + 30), ("1.5", NOW + 1), ("0", NOW + 1), (str(NOW + 60), NOW + 60), (str(NOW - 60), NOW + 1),
    ("999999", NOW + 3600), (formatdate(NOW + 90, usegmt=True), NOW + 90),
    ("", None), ("soon", None), ("-5", None), ("nan", None), ("1e999", None),
])
def test_seconds_a_moment_or_a_date(said: str, moment: int | None) -> None:
    assert moment_in(said, NOW) == moment


def test_a_date_without_a_zone_is_of_utc_wherever_the_machine_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Riyadh")
    time.tzset()
    try:
        assert moment_in(formatdate(NOW + 90).replace("-0000", ""), NOW) == NOW + 90
    finally:
        monkeypatch.undo()
        time.tzset()
