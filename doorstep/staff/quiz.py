"""The quizzes of `templates/staff/quiz/`: what everybody must know (common) and what a role must know besides."""

import tomllib
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from doorstep.errors import WordsError
from doorstep.rollout.load import sentences

COMMON = "common"


class Question(BaseModel):
    """One question: the choices to show, which is right (the first is 1), and why."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ask: str = Field(min_length=1)
    choices: list[str] = Field(min_length=2, max_length=5)
    right: int = Field(ge=1)
    why: str = Field(min_length=1)

    @model_validator(mode="after")
    def _right_is_a_choice(self) -> "Question":
        if self.right > len(self.choices):
            raise ValueError(f"right is {self.right}, but there are {len(self.choices)} choices; the first is 1")
        return self


class _Sheet(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    questions: list[Question] = Field(min_length=1)


class Quizzes:
    """Every quiz in every language, read once."""

    def __init__(self, templates: Path) -> None:
        """Raises WordsError with every fault found."""
        faults: list[str] = []
        self.folder = templates / "staff" / "quiz"
        self._sheets: dict[tuple[str, str], list[Question]] = {}
        for path in sorted(self.folder.glob("*.toml")):
            role, _, language = path.stem.rpartition(".")
            self._sheets[role, language] = _read(path, faults)
        if not any(role == COMMON for role, _ in self._sheets):
            faults.append(f"{self.folder}: there is no {COMMON}.<language>.toml; it is what everybody must know")
        if faults:
            raise WordsError(faults)

    def of(self, role: str, languages: Sequence[str]) -> list[Question]:
        """The quiz of a role in the first of these languages that has it: what is common, then what is the role's own."""
        return [*self._in(COMMON, languages), *self._in(role, languages)]

    def _in(self, role: str, languages: Sequence[str]) -> list[Question]:
        return next((self._sheets[role, code] for code in languages if (role, code) in self._sheets), [])


def _read(path: Path, faults: list[str]) -> list[Question]:
    try:
        return _Sheet.model_validate(tomllib.loads(path.read_text("utf-8"))).questions
    except ValidationError as error:
        faults.extend(f"{path}: {sentence}" for sentence in sentences(error))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        faults.append(f"{path}: not TOML: {error}")
    return []
