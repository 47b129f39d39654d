"""Turns one notice's words into a skeleton: marks for texts, then Markdown, then the channel's form, then the cut."""

from collections.abc import Mapping

from doorstep.facts import Facts
from doorstep.facts.clean import is_rtl
from doorstep.rollout import Rollout
from doorstep.sms import is_gsm, plain
from doorstep.words import markdown
from doorstep.words.dress import dress_one
from doorstep.words.grammar import template
from doorstep.words.layouts import Layouts, letter_data
from doorstep.words.marks import all_switches_off, context, cut
from doorstep.words.skeleton import Part, Skeleton
from doorstep.words.source import Words

# The sections each channel speaks from, best first; a channel without any of them has nothing to say.
SECTIONS = {"email": ("body",), "post": ("body",), "sms": ("sms",), "voice": ("voice",), "call": ("voice", "body")}

# Where a customer's own page is named: what is read on a screen. An address of 60 letters is not typed from paper.
LINKED = ("email", "sms")


class Rendering:
    """One notice in one language for one channel and one set of switches, as it is being rendered."""

    def __init__(self, words: Words, layouts: Layouts, facts: Facts, switches: Mapping[str, bool | str]) -> None:
        self.words = words
        self.layouts = layouts
        self.facts = facts
        self.switches = all_switches_off() | dict(switches)
        self.language = words.language
        self.rtl = is_rtl(words.language)
        self.duty = _purpose(facts.rollout, words.notice) == "duty"

    def skeleton(self, channel: str) -> Skeleton:
        """The words with gaps, for this channel."""
        forms = {"email": self._email, "post": self._post, "sms": self._sms, "voice": self._voice, "call": self._call}
        made = forms[channel]()
        return Skeleton(rollout=self.facts.rollout.name, notice=self.words.notice, channel=channel, language=self.language,
                        parts={name: self._part(text, dress) for name, (text, dress) in made.items()},
                        layout=self.layouts.sheet if channel == "post" else "")

    def _part(self, rendered: str, dress: str) -> Part:
        return Part(dress, cut(rendered, self.facts.constants,
                               lambda name, text: dress_one(dress, _unbroken(name, text, dress), rtl=self.rtl)))

    def _section(self, name: str) -> str:
        section = self.words.sections.get(name)
        if section is None:
            return ""
        rendered = template(section.text).render(context(self.switches))
        return rendered if name == "body" else " ".join(rendered.split())

    def _lines(self) -> dict[str, str]:
        lines = self.layouts.lines(self.language, self.switches)
        return lines if not self.duty else lines | {"stop": "", "sms_stop": ""}

    def _email(self) -> dict[str, tuple[str, str]]:
        subject, tokens, marks = self._section("subject"), markdown.parse(self._section("body")), context({})
        around = {"subject": subject, "lines": self._lines(), "utility": marks["utility"]}
        page = self.layouts.email_page(language=self.language, title=self.facts.constants["utility.name"],
                                       body=markdown.html(tokens, rtl=self.rtl), **around)
        return {"subject": (subject, "plain"), "html": (page, "html"),
                "text": (self.layouts.email_text(body=markdown.text(tokens), **around), "plain")}

    def _post(self) -> dict[str, tuple[str, str]]:
        subject, tokens, utility = self._section("subject"), markdown.parse(self._section("body")), context({})["utility"]
        lines = self._lines()
        facts = self.facts
        data = letter_data(language=self.language.split("_")[0], rtl=self.rtl, heading=subject, lines=lines,
                           blocks=markdown.blocks(tokens), sender=utility["name"], sender_address=utility["address"],
                           locale=facts.locale, day=facts.phrases.day_pattern(facts.rollout.file.country))
        text = self.layouts.email_text(body=markdown.text(tokens), subject=subject, lines=lines, utility=utility)
        return {"subject": (subject, "plain"), "letter": (data, "json"), "text": (text, "plain")}

    def _sms(self) -> dict[str, tuple[str, str]]:
        stop = self._lines()["sms_stop"] if self.facts.constants["utility.sms_number"] else ""
        text = plain(self._section("sms"))
        if stop and "STOP" not in text:
            text = f"{text} {plain(stop)}"
        fixed = "".join(cut(text, self.facts.constants, lambda _, constant: plain(constant))[0])
        return {"text": (text, "gsm" if is_gsm(fixed) else "ucs-rtl" if self.rtl else "ucs")}

    def _voice(self) -> dict[str, tuple[str, str]]:
        return {"text": (self._section("voice"), "is")}

    def _call(self) -> dict[str, tuple[str, str]]:
        script = markdown.text(markdown.parse(self._section("body")))
        return {"subject": (self._section("subject"), "plain"), "text": (self._section("voice") or script, "plain"),
                "script": (script, "plain")}


def _unbroken(name: str, text: str, dress: str) -> str:
    """A phone number or a printed web address that stays on one line."""
    if name in ("utility.phone", "utility.sms_number") and dress in ("html", "json"):
        return text.replace(" ", "\u00a0")
    if name == "utility.website" and dress == "json":
        return text.replace("/", "/\u2060")
    return text


def _purpose(rollout: Rollout, notice: str) -> str:
    """What the plan says the notice is for; one that the plan does not have may always be stopped."""
    return next((row.purpose for row in rollout.plan if row.notice == notice), "programme")
