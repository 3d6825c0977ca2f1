"""Validation of texts from users."""

import unicodedata

import regex

from kit.errors import MAX_MISTAKES, ErrorCode, UserError, UserErrors

# \X alone counts all flags before each flag, which is quadratic.
_CLUSTER = regex.compile(r"\p{RI}{2}[\p{GCB=Extend}\p{GCB=ZWJ}\p{GCB=SpacingMark}]*+|\X")
# Combining marks, and the three characters that are none but decompose into some.
_MANY_MARKS = regex.compile(r"[\P{ccc=0}\u0F73\u0F75\u0F81]{31,}+")
_SPACES = regex.compile(r"\s+")
# Characters that could make a name look like another: controls, separators of lines, marks that turn the direction.
_NOT_IN_NAMES = regex.compile(r"[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]")
_ANY_SPACE = regex.compile(r"\p{Zs}")
_UNTYPABLE = regex.compile(r"[\p{Cc}\p{Cs}\p{Cn}]")
_INVISIBLE = regex.compile(r"[\p{Cf}\p{Z}\p{Default_Ignorable_Code_Point}\s\u2800]*")


_BYTES_PER_CHARACTER = 12
"""A Latin letter has 1 byte, a syllable in Devanagari 6 to 12; an emoji of a family has 25, but few texts have many."""

_BYTES_BESIDES = 1024
"""For short texts that are all emoji."""


class Mistakes:
    """Collects problems with an input, so that a user sees all of them at once."""

    def __init__(self) -> None:
        self._errors: list[UserError] = []

    def add(self, code: ErrorCode, message: str, *field: str) -> None:
        """Note one mistake at the input path `field`; the first MAX_MISTAKES are kept."""
        if len(self._errors) < MAX_MISTAKES:
            self._errors.append(UserError(code, message, field or None))

    def check(self) -> None:
        """Raise UserErrors if any problem was noted."""
        if self._errors:
            raise UserErrors(self._errors)

    def text(self, value: str | None, label: str, most: int, *field: str, required: bool = False) -> str:
        """`value` trimmed, in NFC, at most `most` characters as people count them and `max_bytes(most)`; "" for None.

        `label` begins the sentence of a mistake.
        """
        text = nfc((value or "").strip())
        if required and _INVISIBLE.fullmatch(text):
            self.add("REQUIRED", f"{label} is required.", *field)
        if is_longer(text, most):
            self.add("TOO_LONG", f"{label} may have at most {most:,} characters.", *field)
        elif (size := len(text.encode(errors="surrogatepass"))) > max_bytes(most):
            self.add(
                "TOO_LONG", f"{label} may have at most {max_bytes(most):,} bytes in UTF-8, but has {size:,}.", *field
            )
        if not storable(text):
            self.add(
                "INVALID",
                f"{label} contains characters that are not allowed, such as control characters. Remove them.",
                *field,
            )
        return text

    def name(self, value: str | None, label: str, most: int, *field: str, required: bool = False) -> str:
        """As `text`, for names: one line, without characters that could disguise it."""
        given = (value or "").strip()
        if _NOT_IN_NAMES.search(given):
            self.add(
                "INVALID",
                f"{label} contains characters that are not allowed, such as control characters. Remove them.",
                *field,
            )
            return ""
        visible = "" if _INVISIBLE.fullmatch(given) else _SPACES.sub(" ", given)
        return self.text(visible, label, most, *field, required=required)


def nfc(text: str) -> str:
    """`text` in NFC, in linear time: `unicodedata` sorts a long run of combining marks in quadratic time."""
    return unicodedata.normalize("NFC", _MANY_MARKS.sub(_in_order, text))


def length(text: str) -> int:
    """How many characters people count in `text`: its grapheme clusters (UAX #29)."""
    return sum(1 for _ in _CLUSTER.finditer(text))


def is_longer(text: str, most: int) -> bool:
    """Whether `text` has more than `most` grapheme clusters (UAX #29), or more than eight code points for each."""
    return len(text) > most and (len(text) > 8 * most or length(text) > most)


def max_bytes(most: int) -> int:
    """The largest size in bytes (UTF-8) of a text of at most `most` characters."""
    return most * _BYTES_PER_CHARACTER + _BYTES_BESIDES


def shortened(text: str, most: int) -> str:
    """`text`, or as many whole characters of it as fit into `most` code points with the "…" that follows."""
    if len(text) <= most:
        return text
    end = 0
    for cluster in _CLUSTER.finditer(text, 0, most + 1):
        if cluster.end() >= most:
            break
        end = cluster.end()
    return text[:end].rstrip() + "…"


def storable(text: str) -> bool:
    """Whether a database takes it: no control characters but line breaks and tabs, no half of a surrogate pair."""
    return not any(unicodedata.category(character) in ("Cc", "Cs") and character not in "\n\t\r" for character in text)


def opaque_string(text: str) -> str:
    """A password as RFC 8265 (OpaqueString, 4.2.2) maps it: spaces to U+0020, then NFC."""
    return nfc(_ANY_SPACE.sub(" ", text))


def is_typable(text: str) -> bool:
    """Whether `text` has no control characters, no halves of surrogate pairs and no code points without a character.

    NFC may change for the last when Unicode assigns them.
    """
    return not _UNTYPABLE.search(text)


def _in_order(marks: regex.Match[str]) -> str:
    decomposed = "".join(unicodedata.normalize("NFD", mark) for mark in marks[0])
    return "".join(sorted(decomposed, key=unicodedata.combining))
