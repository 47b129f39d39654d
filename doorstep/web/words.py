"""The pages' layouts and words: `templates/pages/<page>/<language>.toml` says it, `templates/pages/*.html` shows it."""

import tomllib
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from doorstep.errors import WordsError
from doorstep.rollout import Rollout

RIGHT_TO_LEFT = frozenset({"ar", "he", "fa", "ur"})


class Pages:
    """Every page in every language, read once. A language without words falls back along the rollout's chain."""

    def __init__(self, templates: Path) -> None:
        """Raises WordsError for a file that cannot be read."""
        self._folder = templates / "pages"
        self._layouts = ImmutableSandboxedEnvironment(
            loader=FileSystemLoader(self._folder), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
            lstrip_blocks=True)
        self._words = {(path.parent.name, path.stem): _read(path) for path in sorted(self._folder.glob("*/*.toml"))}

    def languages(self, page: str) -> list[str]:
        """The languages in which a page has words."""
        return [language for name, language in self._words if name == page]

    def language(self, page: str, rollout: Rollout, wanted: str) -> str:
        """The language in which this page speaks to someone who reads `wanted`."""
        return next((code for code in (*rollout.chain(wanted), "en") if (page, code) in self._words), "en")

    def words(self, page: str, language: str) -> dict[str, Any]:
        """All the words of a page in a language that has some."""
        return self._words[page, language]

    def render(self, layout: str, *, page: str, language: str, **facts: Any) -> str:
        """A page as HTML. `words` are its words, `direction` is rtl or ltr; everything in `facts` is escaped."""
        return self._layouts.get_template(layout).render(
            words=self._words[page, language], language=language,
            direction="rtl" if language in RIGHT_TO_LEFT else "ltr", **facts)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WordsError(f"{path}: {error}") from error
