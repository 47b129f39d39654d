"""Stand-ins for texts while words are rendered, and the cutting of what was rendered into words and gaps."""

import re
import secrets
from collections.abc import Callable, Mapping

from doorstep.facts import SETS, SWITCHES, TEXTS

# Letters and digits only, so that Markdown, HTML and JSON leave a mark alone; random, so that nothing
# a rollout's file says can be taken for one. Customers' texts never meet a mark: they come after the cutting.
_PREFIX = f"m{secrets.token_hex(10)}n"
_NAMES = tuple(TEXTS)
_MARK = re.compile(_PREFIX + r"(\d+)e")
_MARKS = {name: f"{_PREFIX}{number}e" for number, name in enumerate(_NAMES)}

Pieces = tuple[tuple[str, ...], tuple[str, ...]]      # n + 1 literals around n names


def context(switches: Mapping[str, bool | str]) -> dict[str, dict[str, bool | str]]:
    """What words are rendered with: a mark for each text, and how the switches stand."""
    made: dict[str, dict[str, bool | str]] = {}
    for name, value in (*_MARKS.items(), *switches.items()):
        owner, _, attribute = name.partition(".")
        made.setdefault(owner, {})[attribute] = value
    return made


def all_switches_off() -> dict[str, bool | str]:
    """Every switch at its quietest."""
    return {name: "none" if name in SETS else False for name in SWITCHES}


def cut(rendered: str, constants: Mapping[str, str], dress: Callable[[str, str], str]) -> Pieces:
    """What was rendered as literals and the names between them; constants, dressed, join the literals."""
    found = _MARK.split(rendered)
    literals, names = [found[0]], list[str]()
    for number, literal in zip(found[1::2], found[2::2], strict=True):
        name = _NAMES[int(number)]
        if name in constants:
            literals[-1] += dress(name, constants[name]) + literal
        else:
            names.append(name)
            literals.append(literal)
    return tuple(literals), tuple(names)
