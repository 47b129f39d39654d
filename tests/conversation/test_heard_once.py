"""What customers write is heard once and whole, however it is brought, and kept without a word in the journal."""

import pytest
from sqlalchemy import select, text

from doorstep.model import Enquiry, Journal, Reply, Stop, VisitNote, table
from tests.conversation.square import Square, textable
from tests.conversation.square import town as town


@pytest.mark.parametrize("words", ["STOP", "1", "2", "wrong number", "is it safe?", "HELP", "he died"])
def test_the_same_message_brought_twice_does_everything_once(town: Square, words: str) -> None:
    textable(town)
    town.reminded()
    first = town.texts(words, ref="same")
    before = [len(town.rows(model)) for model in (Reply, Journal, Enquiry, Stop, VisitNote)]
    again = town.texts(words, ref="same")
    assert (again.meant, again.enquiry_id, again.new) == (first.meant, first.enquiry_id, False)
    assert [len(town.rows(model)) for model in (Reply, Journal, Enquiry, Stop, VisitNote)] == before


@pytest.mark.parametrize(("table_name", "words"), [("journal", "STOP"), ("enquiry", "2"), ("stop", "STOP"), ("visitnote", "1")])
def test_what_is_cut_off_half_way_has_not_happened_and_the_second_run_does_all_of_it(town: Square, table_name: str,
                                                                                     words: str) -> None:
    textable(town)
    town.reminded()
    with town.world.store.write() as connection:
        connection.execute(text(f"CREATE TRIGGER broken BEFORE INSERT ON {table_name} BEGIN SELECT RAISE(ABORT, 'cut off'); END"))
    with pytest.raises(Exception, match="cut off"):
        town.texts(words, ref="same")
    assert (town.rows(Reply), town.rows(Stop), town.deeds()) == ([], [], [])
    with town.world.store.write() as connection:
        connection.execute(text("DROP TRIGGER broken"))
    assert town.texts(words, ref="same").new
    assert len(town.rows(Journal, kind="replied")) == 1


def test_the_journal_holds_no_word_of_the_customers(town: Square) -> None:
    textable(town)
    town.reminded()
    town.texts("Call me Ishmael, my number is 07400 555 555, is it safe?")
    with town.world.store.read() as connection:
        said = " ".join(str(row) for row in connection.execute(select(table(Journal))))
    assert "Ishmael" not in said
    assert "555" not in said


def test_words_that_no_database_takes_are_kept_as_far_as_they_go(town: Square) -> None:
    textable(town)
    town.texts("is\x00 it \ud800 safe?")
    assert [row.words for row in town.rows(Reply)] == ["is it ? safe?"]
