"""Quizzes and certificates: the mark, the pass mark, what lapses, and who may not visit customers tomorrow."""

import tomllib

import pytest

from doorstep.errors import UsageError, WordsError
from doorstep.settings import CHECKOUT
from doorstep.staff.certificates import mark, record_quiz, standings
from doorstep.staff.quiz import Question, Quizzes
from doorstep.staff.script import Script
from tests.making import make_rollout
from tests.staff.office import ADA, BEN, Office

QUIZ = [Question(ask="?", choices=["a", "b"], right=1, why="so") for _ in range(5)]


@pytest.mark.parametrize(("answers", "score", "passed"), [
    ([1, 1, 1, 1, 1], 100, True), ([1, 1, 1, 1, 2], 80, True), ([1, 1, 1, 2, 2], 60, False), ([2, 2, 2, 2, 2], 0, False)])
def test_the_mark_is_per_cent_of_the_questions(answers: list[int], score: int, passed: bool) -> None:
    marked = mark(Script("installer", "en", QUIZ, ""), answers, 80)
    assert (marked.score, marked.passed, len(marked.wrong)) == (score, passed, 5 - score // 20)


def test_a_mark_is_never_rounded_up_to_the_pass_mark() -> None:
    assert not mark(Script("installer", "en", QUIZ[:3], ""), [1, 1, 2], 67).passed          # 66.67


@pytest.mark.parametrize(("answers", "said"), [
    ([1], "there are 5 questions and 1 answers; write one number for each, like 1,1,1,1,1"),
    ([1, 1, 3, 1, 1], "3 is no choice of question 3; it has 1 to 2")])
def test_answers_that_fit_no_quiz_are_refused(answers: list[int], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        mark(Script("installer", "en", QUIZ, ""), answers, 80)


def test_every_front_line_role_has_a_quiz_in_english_and_arabic_of_the_same_shape() -> None:
    quizzes = Quizzes(CHECKOUT / "templates")
    for role in make_rollout().file.staff.front_line:
        one, other = quizzes.of(role, ["en"]), quizzes.of(role, ["ar"])
        assert len(one) == len(other) > len(quizzes.of("executive", ["en"])) == 5
        assert [(each.right, len(each.choices)) for each in one] == [(each.right, len(each.choices)) for each in other]


def test_a_quiz_with_a_slip_is_named_by_its_file(office: Office) -> None:
    file = office.own_words() / "staff" / "quiz" / "common.en.toml"
    file.write_text('[[questions]]\nask = "?"\nchoices = ["a", "b"]\nright = 3\nwhy = "so"\n', "utf-8")
    with pytest.raises(WordsError, match=r"common.en.toml: questions.0: right is 3, but there are 2 choices"):
        office.scripts.of("installer", "en")


@pytest.mark.parametrize(("number", "said"), [("999", "is on no staff list"), ("104", "has left")])
def test_somebody_on_no_list_or_who_has_left_gets_no_certificate(office: Office, number: str, said: str) -> None:
    office.take(ADA, ADA.replace("101", "104"))
    office.take(ADA, full=True)
    with pytest.raises(UsageError, match=said):
        record_quiz(office.store, office.rollout, number, [1] * 9, scripts=office.scripts, now=0)
    assert office.rows("certificate", "id") == []


def states(office: Office) -> dict[str, str]:
    with office.store.read() as connection:
        return {each.number: each.state for each in standings(connection, office.rollout, office.scripts)}


def test_a_certificate_lapses_when_the_script_changes_and_only_for_those_whose_script_it_is(office: Office) -> None:
    office.take(ADA, BEN, "106,Dee,installer,Meterfit,,,en,", "107,Eve,installer,Meterfit,,,en,")
    office.passes("101")
    office.passes("102")
    assert office.passes("106", wrong=4).passed is False
    assert states(office) == {"101": "certified", "102": "certified", "106": "failed", "107": "never"}
    answers = office.own_words() / "answers" / "en.md"
    answers.write_text(answers.read_text("utf-8").replace("here is why", "here is a better reason"), "utf-8")
    assert states(office) == {"101": "lapsed", "102": "certified", "106": "failed", "107": "never"}       # 102 reads Arabic
    office.passes("101", "2027-02-10 09:00")
    assert states(office)["101"] == "certified"


@pytest.mark.parametrize("part", ["answers/en.md", "before/ambassador-briefing/en.md", "staff/quiz/installer.en.toml"])
def test_any_word_of_the_script_makes_a_new_version_and_who_owns_an_answer_makes_none(office: Office, part: str) -> None:
    before, file = office.scripts.of("installer", "en").version, office.own_words() / part
    assert office.scripts.of("installer", "en").version == before
    text = file.read_text("utf-8")
    file.write_text(text.replace("Customer team", "Someone else").replace("2027-01-04", "2027-02-04"), "utf-8")
    assert office.scripts.of("installer", "en").version == before
    file.write_text(text.replace("well", "fine").replace("sell", "offer").replace("asked", "questioned"), "utf-8")
    assert office.scripts.of("installer", "en").version != before


def test_a_role_without_a_quiz_of_its_own_takes_what_is_common(office: Office) -> None:
    common = tomllib.loads((CHECKOUT / "templates/staff/quiz/common.en.toml").read_text("utf-8"))["questions"]
    assert [each.ask for each in office.scripts.of("executive", "cy").quiz] == [each["ask"] for each in common]


def test_who_is_on_tomorrows_list_without_a_valid_certificate_is_named_by_badge(office: Office) -> None:
    gone = ADA.replace("101", "104")
    office.take(ADA, gone, "106,Dee,installer,Meterfit,,,en,")
    office.shifts(*(f"2027-03-09;{number};Meterfit;" for number in ("101", "104", "106", "999")), "2027-03-10;998;;")
    for number in ("101", "104"):
        office.passes(number)
    assert [(each.number, each.why) for each in office.unready("2027-03-08 02:00")] == [("106", "never"), ("999", "unknown")]
    office.take(ADA, "106,Dee,installer,Meterfit,,,en,", full=True, when="2027-03-01 09:00")
    assert [(each.number, each.why) for each in office.unready("2027-03-08 02:00")] == [
        ("104", "left"), ("106", "never"), ("999", "unknown")]
    assert office.unready("2027-03-07 02:00") == []


def test_a_changed_script_makes_tomorrows_installers_unready_from_that_day_on_and_not_before(office: Office) -> None:
    office.take(ADA)
    office.shifts("2027-03-09;101;Meterfit;")
    office.passes("101")
    quiz = office.own_words() / "staff" / "quiz" / "installer.en.toml"
    quiz.write_text(quiz.read_text("utf-8").replace("photo ID", "photo card"), "utf-8")
    assert office.unready("2027-03-08 02:00") == []                   # nobody has looked at the words yet
    office.brief("2027-03-08 03:00")
    assert [each.why for each in office.unready("2027-03-08 04:00")] == ["lapsed"]
    assert office.unready("2027-03-08 02:00") == []                   # as of then, the old script held
