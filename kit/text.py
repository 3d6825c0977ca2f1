"""Text that people send."""

import unicodedata

from kit.errors import UserError, UserErrors


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
        """`value` trimmed, in NFC, at most `most` characters; "" for None. `label` begins the sentence of a mistake."""
        text = unicodedata.normalize("NFC", (value or "").strip())
        if required and not text:
            self.add("REQUIRED", f"{label} is missing.", *field)
        if len(text) > most:
            self.add("TOO_LONG", f"{label} may have at most {most:,} characters.", *field)
        if not storable(text):
            self.add("INVALID", f"{label} has characters that cannot be shown.", *field)
        return text


def storable(text: str) -> bool:
    """Whether a database takes it: no control characters but line breaks and tabs, no half of a surrogate pair."""
    return not any(unicodedata.category(character) in ("Cc", "Cs") and character not in "\n\t\r" for character in text)
