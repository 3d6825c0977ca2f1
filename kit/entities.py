"""Hashtags and mentions in a text, by Unicode's rules for letters, in one pass."""

from dataclasses import dataclass

import regex

from kit.text import nfc

# A letter before "http" does not hide it, as nothing parts words in Japanese; "awww." is no address.
_URL = r"(?i:https?://|(?<![a-z0-9])www\.)"
# What begins like an address is taken whole, so that nothing inside it counts. Possessive, so that no text is slow.
_TOKENS = regex.compile(
    r"""
      URL\S++
    | [\p{L}\p{N}_][\p{L}\p{M}\p{N}_.+%-]*+@(?:[\p{L}\p{N}-]++\.)+[\p{L}\p{N}-]++
    | (?<![\p{L}\p{M}\p{N}_#＃&/@＠])[#＃](?P<hashtag>[\p{L}\p{N}_][\p{L}\p{M}\p{N}_]*+)
    | (?<![\p{L}\p{M}\p{N}_.@＠/-])[@＠](?P<mention>[A-Za-z0-9._]++)(?![\p{L}\p{M}\p{N}@＠])
    | (?:(?!URL)[\p{L}\p{M}\p{N}_.+%-])++
    """.replace("URL", _URL),
    regex.VERBOSE | regex.VERSION1,
)
_HASHTAG = regex.compile(r"[#＃]?([\p{L}\p{N}_][\p{L}\p{M}\p{N}_]*+)")
MAX_USERNAME = 30


@dataclass(frozen=True)
class Entities:
    """What a text names, each once, in the order of its first appearance.

    `hashtags` are in NFC and case-folded, without '#'; `mentions` in lower case, without '@'.
    """

    hashtags: tuple[str, ...]
    mentions: tuple[str, ...]


def entities(text: str) -> Entities:
    """The hashtags and mentions of `text`; none of them inside a URL or an e-mail address."""
    hashtags: dict[str, None] = {}
    mentions: dict[str, None] = {}
    for token in _TOKENS.finditer(nfc(text)):
        if hashtag := token["hashtag"]:
            hashtags[_folded(hashtag)] = None
        elif mention := token["mention"]:
            name = mention.rstrip(".")  # the end of a sentence
            if 0 < len(name) <= MAX_USERNAME:
                mentions[name.lower()] = None
    return Entities(tuple(hashtags), tuple(mentions))


def hashtag_name(text: str) -> str | None:
    """The name of the hashtag that somebody asks for, with or without '#'; None where it cannot be one."""
    match = _HASHTAG.fullmatch(nfc(text.strip()))
    return _folded(match[1]) if match else None


def _folded(name: str) -> str:
    return nfc(name.casefold())
