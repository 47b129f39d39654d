"""What a run says when it is done: one line that the list of runs shows."""

from typing import Any

import pytest
from prefect.states import Completed, Failed

from doorstep.delivery import Sent
from doorstep.errors import DoorstepError, Permanent
from doorstep.schedule import PullReport
from flows.ending import closing, files, in_words, said, together
from flows.results import Night, PhaseResult


@pytest.mark.parametrize(("planned", "sent", "words"), [
    (12, Sent(due=1_500, sent=1_400, held=99, failed=1), "12 newly due; of 1,500 looked at: 1,400 sent, 99 held, 1 failed"),
    (0, Sent(due=3, held=3), "0 newly due; of 3 looked at: 3 held"),
    (0, Sent(), "nobody was due"),
])
def test_a_phase_says_what_became_of_its_notices(planned: int, sent: Sent, words: str) -> None:
    assert in_words(planned, sent) == words


@pytest.mark.parametrize(("reports", "words"), [
    ([], "no new file"),
    ([PullReport("a.csv")], "1 new file"),
    ([PullReport("a.csv", held="empty")], "1 new file, held for a person"),
    ([PullReport("a.csv"), PullReport("b.csv", held="empty")], "2 new files, 1 of them held for a person"),
])
def test_a_pull_says_what_it_found(reports: list[PullReport], words: str) -> None:
    assert files(reports) == words


def test_a_failed_step_is_named_with_its_own_sentence_and_the_others_keep_theirs() -> None:
    before = PhaseResult(1, Sent(due=1, sent=1), [])
    ends: dict[str, Any] = {"pull": Failed(data=Permanent("the share is gone")),
                            "before": Completed(message="1 sent", data=before)}
    sayings, night = said(ends), together(ends)
    assert sayings == {"pull": "failed: the share is gone", "before": "1 sent"}
    assert night == Night(phases={"before": before})
    with pytest.raises(DoorstepError, match=r"1 of 2 steps failed. pull: the share is gone"):
        closing(night, sayings, ["pull"])


def test_a_fault_of_another_kind_is_cut_to_its_first_line() -> None:
    ends: dict[str, Any] = {"measure": Failed(message="Flow run encountered an exception: KeyError: 'x'\n" + "noise " * 900)}
    assert said(ends)["measure"] == "failed: Flow run encountered an exception: KeyError: 'x'"
