"""What a customer wrote is kept whole; what they answer is never taken for theirs."""

import pytest

from doorstep.inbox.mails import text_in
from doorstep.replies.quoting import own_words


@pytest.mark.parametrize(("text", "own"), [
    ("STOP\nOn Tue, 3 Mar 2027 Ann <a@x.org> wrote:\n> hello", "STOP"),                       # no blank line between
    ("Stop\nOn Tue, 3 Mar 2027 at 10:00, Ann Other\n<ann@x.org> wrote:\n> hello", "Stop"),   # broken in two
    ("STOP\n> On 3 Mar, X wrote:\n> hello", "STOP"),
    ("No\nLe mar. 3 mars 2027, Ann a écrit :\n> bonjour", "No"),
    ("أوقفوا الرسائل، أنا في المكتب\n", "أوقفوا الرسائل، أنا في المكتب"),        # "office" holds "wrote"
    ("My neighbour died.\nAs I wrote:\nplease stop", "My neighbour died.\nAs I wrote:\nplease stop"),
    ("Yes that is fine\nOn Tue, 3 Mar 2027 Ann <a@x.org> wrote:\n\nReply STOP to stop these messages.", "Yes that is fine"),
    ("____________\nFrom: us\nSent: now\n\nReply STOP to stop these messages.", ""),           # an empty answer stops nothing
    ("On Tue, 3 Mar 2027 Ann <a@x.org> wrote:\n> When suits you?\nOn Monday", "On Monday"),   # answered below
])
def test_only_the_customers_own_words_are_taken(text: str, own: str) -> None:
    assert own_words(text)[0] == own


def test_a_head_that_is_never_closed_hides_no_words() -> None:
    assert text_in("<html><head><title>x</title><body>Stop it</body></html>") == "Stop it"
