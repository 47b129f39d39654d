"""A row of the plan says when its notice is due, or is refused with what would be right."""

import re
from typing import Any

import pytest

from doorstep.rollout.plan_rows import Condition, read_row


@pytest.mark.parametrize(("row", "told"), [
    ({"when": "when no reply"}, 'when: "when no reply" should be like "4 days after no reply at 10:00"'),
    ({"again": ["5 days before"]}, 'again: "5 days before" should be like "4 days after no reply at 10:00"'),
    ({"until": "3 days after no reply"}, 'until: "3 days after no reply" should be reckoned from the visit, like "10 days'),
    ({"when": "5 days before", "again": ["4 days after no reply at 10:00"]}, "again: is for notices that get no reply"),
    ({"when": "when a customer stops", "until": "when the day ends"}, 'like "5 days after a customer stops"'),
    ({"when": "when a customer stops", "until": "5 minutes after a rumour spreads"}, 'like "5 days after a customer stops"'),
])
def test_a_row_that_cannot_be_reckoned_is_named_with_what_would_be_right(row: dict[str, Any], told: str) -> None:
    raw = {"notice": "x", "when": "4 days after no reply at 10:00", "until": "10 days before", "purpose": "duty",
           "channels": ["sms"], **row}
    with pytest.raises(ValueError, match=re.escape(told)):
        read_row(raw, "before", {"all": Condition()})
