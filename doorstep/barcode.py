"""Code 128: a short reference as bars that every scanner of a print house or a post room reads (ISO/IEC 15417)."""

import re
from functools import lru_cache

# Widths of bar, space, bar, space, bar, space in modules, by value; the last one is the stop sign with its closing bar.
_WIDTHS = (
    "212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 "
    "112232 122132 122231 113222 123122 123221 223211 221132 221231 213212 223112 312131 "
    "311222 321122 321221 312212 322112 322211 212123 212321 232121 111323 131123 131321 "
    "112313 132113 132311 211313 231113 231311 112133 112331 132131 113123 113321 133121 "
    "313121 211331 231131 213113 213311 213131 311123 311321 331121 312113 312311 332111 "
    "314111 221411 431111 111224 111422 121124 121421 141122 141221 112214 112412 122114 "
    "122411 142112 142211 241211 221114 413111 241112 134111 111242 121142 121241 114212 "
    "124112 124211 411212 421112 421211 212141 214121 412121 111143 111341 131141 114113 "
    "114311 411113 411311 113141 114131 311141 411131 211412 211214 211232 2331112")
PATTERNS = tuple(_WIDTHS.split())
START_B, START_C, TO_C, TO_B, STOP = 104, 105, 99, 100, 106
_RUNS = re.compile(r"(?:\d\d){2,}|.")          # four digits or more are worth the switch to pairs


@lru_cache(maxsize=4096)
def code128(text: str) -> tuple[int, ...]:
    """Widths in modules, bars and spaces in turn, from the first bar to the last. `text` is printable ASCII, not empty."""
    if not text or not all(" " <= letter <= "~" for letter in text):
        raise ValueError("a barcode carries printable ASCII letters, at least one")
    values: list[int] = []
    pairs = False
    for run in _RUNS.findall(text):
        wanted = len(run) > 1
        if not values:
            values.append(START_C if wanted else START_B)
        elif wanted != pairs:
            values.append(TO_C if wanted else TO_B)
        pairs = wanted
        values += [int(run[at:at + 2]) for at in range(0, len(run), 2)] if pairs else [ord(run) - 32]
    check = (values[0] + sum(place * value for place, value in enumerate(values))) % 103
    return tuple(int(width) for value in (*values, check, STOP) for width in PATTERNS[value])
