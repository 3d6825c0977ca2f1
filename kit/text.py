"""Text that people send."""

import unicodedata

import regex

from kit.errors import UserError, UserErrors

_CLUSTER = regex.compile(r"\X")
_SPACES = regex.compile(r"\s+")
# Whatever could make a name look like another: controls, line and paragraph separators, marks that turn the direction.
_NOT_IN_NAMES = regex.compile(r"[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]")
_INVISIBLE = regex.compile(r"[\p{Cf}\p{Z}\p{Default_Ignorable_Code_Point}]*")


class Mistakes:
    """Collects what is wrong with an input, so that a person hears of all of it at once."""

    def __init__(self) -> None:
        self._errors: list[UserError] = []

    def add(self, code: str, message: str, *field: str) -> None:
        """Note one mistake at the input path `field`."""
        self._errors.append(UserError(code, message, field or None))

    def check(self) -> None:
        """Raise UserErrors where anything was noted."""
        if self._errors:
            raise UserErrors(self._errors)

    def text(self, value: str | None, label: str, most: int, *field: str, required: bool = False) -> str:
        """`value` trimmed, in NFC, at most `most` characters as people count them; "" for None.

        `label` begins the sentence of a mistake.
        """
        text = unicodedata.normalize("NFC", (value or "").strip())
        if required and not text:
            self.add("REQUIRED", f"{label} is missing.", *field)
        if is_longer(text, most):
            self.add("TOO_LONG", f"{label} may have at most {most:,} characters.", *field)
        if not storable(text):
            self.add("INVALID", f"{label} has characters that cannot be shown.", *field)
        return text

    def name(self, value: str | None, label: str, most: int, *field: str, required: bool = False) -> str:
        """As `text`, for what is shown as a name: one line, with nothing in it that could disguise it."""
        given = value or ""
        if _NOT_IN_NAMES.search(given.strip()):
            self.add("INVALID", f"{label} has characters that cannot be shown.", *field)
            return ""
        visible = "" if _INVISIBLE.fullmatch(given) else _SPACES.sub(" ", given)
        return self.text(visible, label, most, *field, required=required)


def is_longer(text: str, most: int) -> bool:
    """Whether `text` has more than `most` grapheme clusters (UAX #29), or more than eight code points for each."""
    return len(text) > most and (len(text) > 8 * most or sum(1 for _ in _CLUSTER.finditer(text)) > most)


def storable(text: str) -> bool:
    """Whether a database takes it: no control characters but line breaks and tabs, no half of a surrogate pair."""
    return not any(unicodedata.category(character) in ("Cc", "Cs") and character not in "\n\t\r" for character in text)
