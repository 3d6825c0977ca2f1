"""Text as search compares it: cut into terms, and folded.

A term is a word, one or two neighbouring characters of a script that is written without spaces, or one emoji. Documents
and queries pass through the same functions: what folds to the same terms is the same to search.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, pairwise
from unicodedata import normalize

import regex

from kit.text import nfc

SHORT = 64
MAX_TERMS = 400
"""So many terms of a text are looked at."""
MAX_TERM = 40
"""How many characters of a folded word are compared."""

# Marks that readers of these scripts can do without: accents, and the points of Hebrew and Arabic.
_MARKS = regex.compile(r"[\u0300-\u036F\u0591-\u05C7\u0610-\u061A\u064B-\u065F\u0670\u1AB0-\u1AFF\u1DC0-\u1DFF]++")
# Letters that do not decompose, as people without them on their keyboards write them.
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d"})
_UNSPACED = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\u30FC]"
_LETTER = r"[\p{L}\p{M}\p{N}]"
_TERMS = regex.compile(
    rf"""
      (?P<run>{_UNSPACED}(?:{_UNSPACED}|\p{{M}})*+)
    | (?P<word>(?:(?!{_UNSPACED}){_LETTER}|(?<={_LETTER})['\u2019\u200C\u200D](?={_LETTER}))++)
    | (?P<emoji>\p{{RI}}{{2}}|\p{{Extended_Pictographic}}(?:[\uFE0F\p{{EMod}}]|\u200D\p{{Extended_Pictographic}})*+)
    """,
    regex.VERBOSE | regex.VERSION1,
)
_CHARACTER = regex.compile(r"\P{M}\p{M}*+", regex.VERSION1)
_IGNORED = regex.compile(r"['\u2019\u200C\u200D\uFE0F\p{EMod}]", regex.VERSION1)


@dataclass(frozen=True)
class Term:
    """A folded term, and where the text has it: code points from `start`, before `end`.

    Words can be matched by their beginning or with typos (`is_word`), others as they are.
    """

    text: str
    start: int
    end: int
    is_word: bool


@lru_cache(4096)
def fold(text: str) -> str:
    """`text` without differences of case, width and accents: NFKC case folding (UAX #31), then marks left out."""
    folded = normalize("NFKC", nfc(text)).casefold().translate(_LETTERS)
    return normalize("NFC", _MARKS.sub("", _IGNORED.sub("", normalize("NFD", folded))))


def terms_of_document(text: str) -> Sequence[Term]:
    """Everything by which `text` can be found: its first MAX_TERMS terms."""
    # Names and hashtags that many search for are asked for again and again.
    return _short(text) if len(text) <= SHORT else tuple(islice(_terms(text, single_characters=True), MAX_TERMS))


@lru_cache(16_384)
def _short(text: str) -> Sequence[Term]:
    return tuple(_terms(text, single_characters=True))


def terms_of_query(text: str) -> list[Term]:
    """What `text` asks for, all of which a document must have."""
    return list(_terms(text, single_characters=False))


def _terms(text: str, *, single_characters: bool) -> Iterator[Term]:
    for match in _TERMS.finditer(text):
        if match.lastgroup != "run":
            folded = fold(match[0])[:MAX_TERM]
            if folded:
                yield Term(folded, match.start(), match.end(), match.lastgroup == "word")
            continue
        units = [(fold(unit[0]), unit.start(), unit.end()) for unit in _CHARACTER.finditer(text, *match.span())]
        for (first, start, _), (second, _, end) in pairwise(units):
            yield Term(first + second, start, end, False)
        if single_characters or len(units) == 1:
            for unit, start, end in units:
                yield Term(unit, start, end, False)


def joined(text: str) -> str:
    """The words of `text` without what parts them: "Jane Doe", "jane.doe" and "janedoe" are the same."""
    found = ""
    for match in _TERMS.finditer(text):
        found += fold(match[0])
        if len(found) >= MAX_TERM:
            break
    return found[:MAX_TERM]


def prefix_end(text: str, term: Term, length: int) -> int:
    """Where in `text` the first `length` characters of the folded `term` end."""
    if length >= len(term.text):
        return term.end
    for match in _CHARACTER.finditer(text, term.start, term.end):
        if not _TERMS.search(match[0]):
            continue  # what parts words that the term has as one
        length -= len(fold(match[0]))
        if length <= 0:
            return match.end()
    return term.end
