"""Staff: who they are, whether they know the answers, and what they are told before a wave."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from doorstep.commands.desk import Desk, Name, Now, ToCsv, errors, open_desk, out
from doorstep.errors import UsageError

if TYPE_CHECKING:
    from doorstep.staff.script import Scripts

Full = Annotated[bool, typer.Option("--full", help="The list is whole: of its firms, who is missing has left.")]
Accept = Annotated[bool, typer.Option("--accept", help="Take a full list although it ends half of its people.")]
Answers = Annotated[str | None, typer.Option(help="The choices in the order of the questions, like 1,3,2.")]


def staff(name: Name, file: Annotated[Path | None, typer.Option(help="Take this list of staff (CSV).")] = None,
          shifts: Annotated[Path | None, typer.Option(help="Take this list of who visits when (CSV).")] = None,
          full: Full = False, accept: Accept = False, to_csv: ToCsv = None, now: Now = None) -> None:
    """Who works on the rollout, who of them is certified, and who of tomorrow's list may not visit customers yet."""
    from doorstep.staff.script import Scripts, keep_versions

    desk = open_desk(name, now)
    scripts = Scripts(desk.settings.templates, desk.rollout)
    faults = (_take_staff(desk, file, full, accept) if file else []) + (_take_shifts(desk, shifts) if shifts else [])
    with desk.store.write() as connection:
        keep_versions(connection, scripts, now=desk.now)
    _show(desk, scripts, to_csv)
    for fault in faults:
        errors.print(fault, markup=False, highlight=False, style="red")
    if faults:
        raise typer.Exit(1)


def _take_staff(desk: Desk, file: Path, full: bool, accept: bool) -> list[str]:
    from doorstep.staff.lists import read_staff, take_staff

    found = read_staff(file, desk.rollout)
    taken = take_staff(desk.store, desk.rollout, found, full=full, accept=accept, now=desk.now)
    out.print(f"{file.name}: {taken.new} new, {taken.changed} changed, {taken.unchanged} as before, {taken.left} have left, "
              f"{len(found.faults)} rows refused", highlight=False)
    return found.faults


def _take_shifts(desk: Desk, file: Path) -> list[str]:
    from doorstep.staff.shifts import read_shifts, take_shifts

    found = read_shifts(file, desk.rollout)
    number = take_shifts(desk.store, desk.rollout, found.shifts, now=desk.now)
    out.print(f"{file.name}: {number} shifts taken, {len(found.faults)} rows refused", highlight=False)
    return found.faults


def _show(desk: Desk, scripts: "Scripts", to_csv: Path | None) -> None:
    from collections import Counter

    from doorstep.exports import write_csv
    from doorstep.staff.certificates import standings
    from doorstep.staff.shifts import WHY, unready_tomorrow

    with desk.store.read() as connection:
        people = standings(connection, desk.rollout, scripts)
        waiting = unready_tomorrow(connection, desk.rollout, desk.now)
    for role, number in sorted(Counter(each.role for each in people).items()):
        certified = sum(each.role == role and each.state == "certified" for each in people)
        out.print(f"{role:<14} {certified} of {number} certified", highlight=False)
    for each in waiting:
        out.print(f"tomorrow: badge {each.number} {WHY[each.why]}", markup=False, highlight=False, style="red")
    if to_csv:
        columns = ("number", "name", "role", "firm", "language", "area", "state", "score")
        number = write_csv(to_csv, columns, ([getattr(each, column) for column in columns] for each in people))
        out.print(f"{number} people written to {to_csv}", highlight=False)


def quiz(name: Name, number: Annotated[str, typer.Argument(metavar="NUMBER", help="The number on the badge.")],
         answers: Answers = None, now: Now = None) -> None:
    """The quiz of someone's role; with their answers, the mark and the certificate."""
    from doorstep.staff.certificates import record_quiz, staff_member
    from doorstep.staff.script import Scripts

    desk = open_desk(name, now)
    scripts = Scripts(desk.settings.templates, desk.rollout)
    if answers is None:
        with desk.store.read() as connection:
            person = staff_member(connection, desk.rollout, number)
        for place, question in enumerate(scripts.of(person.role, person.language).quiz, 1):
            choices = "\n".join(f"   {which}  {choice}" for which, choice in enumerate(question.choices, 1))
            out.print(f"{place}. {question.ask}\n{choices}", markup=False, highlight=False)
        return
    marked = record_quiz(desk.store, desk.rollout, number, _numbers(answers), scripts=scripts, now=desk.now)
    for place, question in marked.wrong:
        out.print(f"{place}. {question.ask}\n   right: {question.choices[question.right - 1]}\n   {question.why}",
                  markup=False, highlight=False)
    out.print(f"badge {number}: {marked.score}%, {'passed' if marked.passed else 'not passed'} "
              f"(the pass mark is {desk.rollout.file.staff.pass_mark}%)", highlight=False)


def _numbers(said: str) -> list[int]:
    try:
        return [int(word) for word in said.split(",")]
    except ValueError as error:
        raise UsageError(f'--answers: "{said}" is no list of choices; write it like 1,3,2') from error


def briefing(name: Name, now: Now = None,
             to: Annotated[Path | None, typer.Option("--out", help="Write the day's page to this file (Markdown).")] = None,
             language: Annotated[str | None, typer.Option(help="The page's language; the rollout's own where not said.")] = None,
             ) -> None:
    """Send the briefings of waves that are due, once each, and print the day's page for staff."""
    from doorstep.staff.briefing import brief, open_staff_lines
    from doorstep.staff.message import Writer
    from doorstep.staff.page import today
    from doorstep.staff.script import Scripts

    desk = open_desk(name, now)
    scripts = Scripts(desk.settings.templates, desk.rollout)
    sent = brief(desk.store, desk.rollout, scripts=scripts, lines=open_staff_lines(desk.rollout, desk.settings), now=desk.now)
    with desk.store.read() as connection:
        page = Writer(scripts, today(connection, desk.rollout, desk.now)).page(language or desk.rollout.file.languages[0])
    if to:
        to.write_text(page, "utf-8")
        out.print(f"written to {to}", highlight=False)
    else:
        out.print(page, markup=False, highlight=False)
    out.print("briefings: " + "  ".join(f"{word} {number}" for word, number in sent.as_json().items()), highlight=False)
