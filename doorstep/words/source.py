"""Reads a notice's words file: a head of one-line forms, a blank line, and the body in Markdown."""

import re
from dataclasses import dataclass
from pathlib import Path

LARGEST = 64 * 1024          # bytes; a template that is longer is not a notice
HEADS = {"Subject": "subject", "Sms": "sms", "Voice": "voice"}
_HEAD = re.compile(r"([A-Za-z][A-Za-z-]*):(.*)")


@dataclass(frozen=True)
class Section:
    """A piece of a words file and the line it begins on."""

    path: Path
    line: int
    text: str

    def place(self, line: int = 1) -> str:
        """Where a line of this section stands, for a fault's sentence."""
        return f"{self.path}: line {self.line + line - 1}"


@dataclass(frozen=True)
class Words:
    """One notice in one language, by section: subject, sms, voice, body."""

    notice: str
    phase: str
    language: str
    path: Path
    sections: dict[str, Section]


def read_words(path: Path, phase: str, faults: list[str]) -> Words:
    """Read `<phase>/<notice>/<language>.md`, adding what is wrong with its shape to `faults`."""
    lines = _lines(path, faults)
    sections: dict[str, Section] = {}
    number = _read_head(path, lines, sections, faults)
    body = "\n".join(lines[number:])
    sections["body"] = Section(path, number + 1, body)
    if "subject" not in sections:
        faults.append(f'{path}: line 1: no subject; begin the file with "Subject: ..."')
    if lines and not body.strip():
        faults.append(f"{path}: line {len(lines)}: no body; write it in Markdown after the head and a blank line")
    return Words(path.parent.name, phase, path.stem, path, sections)


def _lines(path: Path, faults: list[str]) -> list[str]:
    raw = path.read_bytes()
    if len(raw) > LARGEST:
        faults.append(f"{path}: {len(raw):,} bytes; a notice's words are at most {LARGEST:,}")
        return []
    try:
        return raw.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        faults.append(f"{path}: not UTF-8 at byte {error.start}; save the file as UTF-8")
        return []


def _read_head(path: Path, lines: list[str], sections: dict[str, Section], faults: list[str]) -> int:
    """Take the head lines; returns how many lines the head is, the blank one included."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            return number
        found = _HEAD.match(line)
        if not found or found[1] not in HEADS:
            said = f'"{found[1]}:" is not a head line' if found else "this is not a head line"
            faults.append(f"{path}: line {number}: {said}; write Subject:, Sms: or Voice:, then a blank line and the body")
            return number if found else number - 1
        name = HEADS[found[1]]
        if name in sections:
            faults.append(f"{path}: line {number}: {found[1]}: stands twice; keep one")
        if not found[2].strip():
            faults.append(f"{path}: line {number}: {found[1]}: is empty; write it on this line, or leave the line out")
        sections[name] = Section(path, number, found[2].strip())
    return len(lines)
