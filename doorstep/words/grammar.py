"""What words may do: texts in {{ }}, switches in {% if %}, nothing else; every slip is named with its line."""

import re
from collections.abc import Iterator
from difflib import get_close_matches
from functools import lru_cache
from typing import NamedTuple

from jinja2 import StrictUndefined, Template, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from doorstep.facts import SETS, SWITCHES, TEXTS
from doorstep.words.source import Section

# Words are plain text and Markdown when they are rendered; escaping happens where a text meets HTML, once.
ENVIRONMENT = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
_TAG = r"\{%[^%]*%\}"
# A line of tags only leaves no line behind; nor does a line that is one {% if %} from end to end and is off.
_TAG_LINE = re.compile(rf"^[ \t]*((?:{_TAG}[ \t]*)+)\n", re.MULTILINE)
_IF_LINE = re.compile(r"^(\{%-?\s*if\b[^%]*%\})((?:(?!\{%).)*)(\{%-?\s*endif\s*-?%\})[ \t]*\n", re.MULTILINE)


class Used(NamedTuple):
    """The names a section uses."""

    texts: frozenset[str] = frozenset()
    switches: frozenset[str] = frozenset()


@lru_cache(maxsize=2048)
def template(source: str) -> Template:
    """Words ready to render."""
    lines = _TAG_LINE.sub(r"\1", source.rstrip("\n") + "\n")
    return ENVIRONMENT.from_string(_IF_LINE.sub("\\1\\2\n\\3", lines))


def names_used(section: Section, faults: list[str]) -> Used:
    """The texts and switches of a section; slips are added to `faults`, one sentence each."""
    used, slips = _read(section.text)
    faults.extend(f"{section.place(line)}: {slip}" for line, slip in slips)
    return used


@lru_cache(maxsize=2048)       # a library is loaded for each sending, and the words are seldom others
def _read(source: str) -> tuple[Used, tuple[tuple[int, str], ...]]:
    """The names, and each slip with its line."""
    try:
        tree = ENVIRONMENT.parse(source)
    except TemplateSyntaxError as error:
        right = "{{ visit.day }} or {% if visit.power_off %} ... {% endif %}"
        return Used(), ((error.lineno, f"{error.message}; write {right}"),)
    reader = _Reader()
    reader.read(tree.body)
    return Used(frozenset(reader.texts), frozenset(reader.switches)), tuple(reader.slips)


class _Reader:
    """Walks a template and keeps the names it meets, and the slips with their lines."""

    def __init__(self) -> None:
        self.slips: list[tuple[int, str]] = []
        self.texts: list[str] = []
        self.switches: list[str] = []

    def read(self, body: list[nodes.Node]) -> None:
        for node in body:
            if isinstance(node, nodes.Output):
                for each in node.nodes:
                    self._printed(each)
            elif isinstance(node, nodes.If):
                self._if(node)
            else:
                kind = type(node).__name__.lower()
                self._fault(node, f"{kind} is not for words; they may use only {{{{ }}}} and {{% if %}}")

    def _if(self, node: nodes.If) -> None:
        self._test(node.test)
        self.read(node.body)
        for other in node.elif_:
            self._if(other)
        self.read(node.else_)

    def _printed(self, node: nodes.Node) -> None:
        if isinstance(node, nodes.TemplateData):
            return
        name = _dotted(node)
        if name in TEXTS:
            self.texts.append(name)
        elif name in SWITCHES:
            self._fault(node, f"{{{{ {name} }}}} is a switch and cannot be printed; use it as {{% if {name} %}}")
        else:
            self._fault(node, f"{{{{ {name or '...'} }}}} is not a text{_nearest(name, TEXTS)}")

    def _test(self, node: nodes.Node) -> None:
        if isinstance(node, nodes.Not):
            self._test(node.node)
        elif isinstance(node, nodes.And | nodes.Or):
            self._test(node.left)
            self._test(node.right)
        elif isinstance(node, nodes.Compare):
            self._compared(node)
        else:
            self._switch(node)

    def _switch(self, node: nodes.Node) -> None:
        name = _dotted(node)
        if name in SETS:
            self._fault(node, f'{name} is one of a set; compare it, as {{% if {name} == "{SETS[name][0]}" %}}')
        elif name in SWITCHES:
            self.switches.append(name)
        elif name in TEXTS:
            near = _nearest(name, SWITCHES)
            self._fault(node, f"{name} is a text and cannot be asked for in {{% if %}}; use a switch{near}")
        else:
            self._fault(node, f"{name or 'this'} is not a switch{_nearest(name, SWITCHES)}")

    def _compared(self, node: nodes.Compare) -> None:
        name = _dotted(node.expr)
        if name not in SETS:
            self._fault(node, f"{name or 'this'} is true or false; write {{% if {name or 'visit.gas'} %}} without comparing")
            return
        self.switches.append(name)
        for operand in node.ops:
            for value in _literals(operand.expr):
                if operand.op not in ("eq", "ne", "in", "notin") or value not in SETS[name]:
                    self._fault(node, f'{name} is never {value!r}; it is one of {", ".join(SETS[name])}')

    def _fault(self, node: nodes.Node, sentence: str) -> None:
        self.slips.append((node.lineno, sentence))


def _literals(node: nodes.Node) -> Iterator[object]:
    if isinstance(node, nodes.Tuple | nodes.List):
        for item in node.items:
            yield from _literals(item)
    else:
        yield node.value if isinstance(node, nodes.Const) else _dotted(node)


def _dotted(node: nodes.Node) -> str:
    """A dotted name such as visit.day, and nothing for one that is more than a name."""
    if isinstance(node, nodes.Name):
        return str(node.name)
    if isinstance(node, nodes.Getattr):
        owner = _dotted(node.node)
        return f"{owner}.{node.attr}" if owner else ""
    return ""


def _nearest(name: str, known: dict[str, str]) -> str:
    close = get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]}?" if close else f"; the names are {', '.join(known)}"
