"""What somebody wrote themselves: without the message that they answer, and without what their program signs with."""

import re

# "On Tue, Ann <ann@x> wrote:" and its kin, in the languages of our customers and some of their programs': a line that ends in a
# colon and has a date or an address in it, for a customer may write "as I wrote:" too. Broken in two, it begins with "On".
_WROTE = re.compile(
    r"(?mi)^(?=[^\n]*[\d@<])[^\n]{0,300}\b(?:wrote|writes|a écrit|schrieb|escribió|scrisse|escreveu|aliandika|ameandika|"
    r"ysgrifennodd)\b[^\n]{0,120}[:：][ \t]*$"
    r"|^[ \t>]*(?:on\b[^\n]{4,200}(?:\n[^\n]{0,200})?\bwrote|le\b[^\n]{4,200}(?:\n[^\n]{0,200})?\ba écrit"
    r"|mnamo\b[^\n]{4,200}\baliandika)[^\n]{0,120}[:：][ \t]*$")
_WROTE_RTL = re.compile(
    r"(?m)^[ \t]*(?:في|بتاريخ|يوم)\b[^\n]{4,200}(?:\n[^\n]{0,200})?\b(?:كتب|كتبت)\b[^\n]{0,120}[:：][ \t]*$"
    r"|^(?=[^\n]*[\d@<])[^\n]{0,300}(?:\bكتبت?\b|نے لکھا)[^\n]{0,200}(?:[:：][ \t]*$|\n(?=[ \t]*>))")
_RULE = re.compile(r"(?mi)^[ \t]*(?:-{2,}[ \t]*(?:original message|forwarded message|message d.origine|الرسالة الأصلية|"
                   r"ujumbe wa awali)|_{8,}[ \t]*$)[^\n]*")
_HEADERS = re.compile(r"(?mi)^[ \t]*\*?(?:from|de|من|kutoka)[ \t]?:[^\n]{1,300}\n(?:[^\n]*\n){0,2}?[ \t]*\**"
                      r"(?:sent|date|to|envoyé|à|تم الإرسال|التاريخ|تاريخ|إلى|ilitumwa|tarehe|kwa)\b[^\n]*")
_QUOTED = re.compile(r"(?m)^[ \t]*>[^\n]*\n?")
_SIGNATURE = re.compile(
    r"(?mi)^[ \t]*(?:(?:--|—)[ \t]*$|sent from my |sent from (?:outlook|yahoo|mail|samsung|the all)|sent via |get outlook for|"
    r"envoyé (?:de|depuis) |télécharger outlook|[أا]ُ?رسلت? من|تم الإرسال من|imetumwa kutoka)")


def own_words(text: str) -> tuple[str, bool]:
    """What stands above the quotation, or else between its lines; and whether it has an end that we know."""
    found = min(filter(None, (pattern.search(text) for pattern in (_WROTE, _WROTE_RTL, _RULE, _HEADERS))),
                key=lambda match: match.span(), default=None)
    part = text[:found.start()] if found else text
    ended = bool(found and part.strip())
    if found and not ended:
        below = text[found.end():]
        part = below if _QUOTED.search(below) else ""
    kept = _QUOTED.sub("", part).strip()
    signed = _SIGNATURE.search(kept)
    if signed and kept[:signed.start()].strip():
        return kept[:signed.start()].strip(), True
    return kept, ended
