"""The syntax of e-mail addresses."""

import idna
import regex

_MAX_BYTES = 254
_MAX_LOCAL_BYTES = 64
# A dot-string of RFC 5321 with the letters of RFC 6531: no quotes, no comments, nothing invisible.
_ADDRESS = regex.compile(
    r"""
    (?P<local>
        (?P<atom>(?!\p{M})[[\p{L}\p{M}\p{N}!#$%\&'*+/=?^_`{|}\~\-]--\p{Default_Ignorable_Code_Point}]++)
        (?:\.(?&atom))*+
    )
    @(?P<domain>[\p{L}\p{N}][\p{L}\p{M}\p{N}.-]*\.(?!\p{N}++$)[\p{L}\p{M}\p{N}-]+)
    """,
    regex.VERBOSE | regex.VERSION1,
)


def is_email_address(text: str) -> bool:
    """Whether mail can be sent to `text`, in NFC, by its syntax: `local@domain`, the domain a name by IDNA 2008."""
    if len(text.encode(errors="replace")) > _MAX_BYTES:
        return False
    match = _ADDRESS.fullmatch(text)
    if match is None or len(match["local"].encode()) > _MAX_LOCAL_BYTES:
        return False
    try:
        idna.encode(match["domain"].lower())
    except idna.IDNAError:
        return False
    return True
