"""What somebody types into a search field, and how a text matches it.

Typos are forgiven as the large engines forgive them (Algolia, Typesense): none in short words, one from 5 letters, two
from 9; none in the first letter. The last word may be incomplete, and spaces may be missing or too many.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from rapidfuzz.distance import OSA

from clients.search import Word
from domain.accounts.rows import USERNAME
from kit import terms
from kit.errors import BadUserInput
from kit.terms import Term
from kit.text import nfc, storable

MAX_QUERY = 100
"""Characters of a query (code points)."""
MAX_WORDS = 12
"""How many words of a query are looked for."""
MAX_RANGES = 24
"""How many ranges of a text are told."""
EXCERPT = 160
"""Characters of a text that are shown around what matches."""


def allowed_typos(length: int) -> int:
    """In how many letters a word may differ from a word of a query with so many letters."""
    return 0 if length < 5 else 1 if length < 9 else 2


@dataclass(frozen=True)
class Wording:
    """A query: its text in NFC, and what it is restricted to by the character that it begins with ('#', '@', or '')."""

    text: str
    sigil: str

    @cached_property
    def terms(self) -> list[Term]:
        """What is looked for, all of it."""
        return terms.terms_of_query(self.text)[:MAX_WORDS]

    @cached_property
    def joined(self) -> str:
        """All of it without spaces."""
        return terms.joined(self.text)

    @property
    def username(self) -> str:
        """The username that it is, or nothing."""
        name = self.text.removeprefix("@").lower()
        return name if USERNAME.fullmatch(name) else ""

    @property
    def words(self) -> tuple[Word, ...]:
        """The terms for the engine."""
        last = len(self.terms) - 1
        return tuple(
            Word(term.text, term.is_word and n == last, allowed_typos(len(term.text)) if term.is_word else 0)
            for n, term in enumerate(self.terms)
        )

    @property
    def together(self) -> Word | None:
        """All words in one, where that is another word than those."""
        if len(self.terms) == 1 and self.terms[0].text == self.joined:
            return None
        return Word(self.joined, True, allowed_typos(len(self.joined)))


def read(text: str, most: int = MAX_QUERY) -> Wording | None:
    """The query in `text`; None where nothing in it can be searched for. Raises BadUserInput where it is too long."""
    if len(text) > most:
        raise BadUserInput(f"The search text may have at most {most} characters.")
    if not storable(text):
        text = "".join(character if storable(character) else " " for character in text)
    text = nfc(text).strip()
    wording = Wording(text, text[:1] if text[:1] in ("#", "@") else "")
    return wording if wording.terms or wording.username else None


@dataclass(frozen=True)
class Match:
    """Why something was found: `ranges` of `text` (code points, ends excluded) match, with `typos` in the worst word.

    `field` is the name of the field of the GraphQL type whose text it is.
    """

    field: str
    text: str
    ranges: tuple[tuple[int, int], ...]
    typos: int

    @property
    def begins(self) -> bool:
        """Whether the text begins with what was looked for."""
        return bool(self.ranges) and self.ranges[0][0] == 0


def match(wording: Wording, field: str, text: str) -> Match | None:
    """How `text` matches; None where it does not."""
    there = terms.terms_of_document(text)
    found = _by_terms(wording.terms, there, text)
    if found is None or found[1]:
        found = min(filter(None, (found, _together(wording, there, text))), key=lambda each: each[1], default=None)
    if found is None:
        return None
    ranges, typos = found
    return _excerpt(Match(field, text, _merged(ranges)[:MAX_RANGES], typos))


def best(matches: Sequence[Match | None]) -> Match | None:
    """The one with the fewest typos, then the one that matches from its beginning, then the first."""
    found = [each for each in matches if each is not None]
    return min(found, key=lambda each: (each.typos, not each.begins), default=None)


def corrected(wording: Wording, found: Match) -> str | None:
    """The query as what was found spells it; None where that is the query itself."""
    spelled = " ".join(found.text[start:end] for start, end in found.ranges)
    if spelled:
        spelled = wording.sigil + spelled.removeprefix(wording.sigil)
    return spelled if spelled and spelled != wording.text else None


Found = tuple[list[tuple[int, int]], int]


def _by_terms(wanted: Sequence[Term], there: Sequence[Term], text: str) -> Found | None:
    if not wanted:
        return None
    ranges, worst = [], 0
    for number, term in enumerate(wanted):
        is_last = number == len(wanted) - 1
        candidates = ((each, _differs(term, each, is_prefix=is_last)) for each in there)
        matching = [(typos, each) for each, typos in candidates if typos is not None]
        if not matching:
            return None
        typos = min(typos for typos, _ in matching)
        worst = max(worst, typos)
        for differs, each in matching:
            if differs == typos:
                length = len(term.text) if is_last and not typos else len(each.text)
                ranges.append((each.start, terms.prefix_end(text, each, length)))
    return ranges, worst


def _differs(wanted: Term, there: Term, *, is_prefix: bool) -> int | None:
    """In how many letters a term of a text differs from what is wanted; None where that is too many."""
    if wanted.text == there.text:
        return 0
    if not (wanted.is_word and there.is_word):
        return None
    return _distance(wanted.text, there.text, is_prefix=is_prefix)


def _distance(wanted: str, there: str, *, is_prefix: bool) -> int | None:
    """The restricted Damerau-Levenshtein distance, where it is not too large; of a beginning of `there` 1 at most."""
    if is_prefix and there.startswith(wanted):
        return 0
    most = allowed_typos(len(wanted))
    if not most or wanted[:1] != there[:1]:
        return 0 if wanted == there else None
    nearest = OSA.distance(wanted, there, score_cutoff=most)
    if is_prefix and nearest > 1:
        begins = any(OSA.distance(wanted, there[: len(wanted) + n], score_cutoff=1) <= 1 for n in (-1, 0, 1))
        return 1 if begins else nearest if nearest <= most else None
    return nearest if nearest <= most else None


def _together(wording: Wording, there: Sequence[Term], text: str) -> Found | None:
    """All words of the query as one, against all of the text as one."""
    if not there or not wording.joined:
        return None
    typos = _distance(wording.joined, terms.joined(text), is_prefix=True)
    if typos is None:
        return None
    whole = Term(terms.joined(text), min(each.start for each in there), max(each.end for each in there), True)
    return [(whole.start, terms.prefix_end(text, whole, len(wording.joined)))], typos


def _merged(ranges: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


def _excerpt(found: Match) -> Match:
    """The same, of a long text only what is around the first range."""
    if len(found.text) <= EXCERPT or not found.ranges:
        return found
    begin = max(0, min(found.ranges[0][0] - EXCERPT // 4, len(found.text) - EXCERPT))
    end = begin + EXCERPT
    ranges = tuple((max(a, begin) - begin, min(b, end) - begin) for a, b in found.ranges if a < end and b > begin)
    return Match(found.field, found.text[begin:end], ranges, found.typos)
