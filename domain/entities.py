"""Hashtags and mentions in a text, by Unicode's rules for letters, in one pass."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import regex

from kit.text import nfc

MAX_USERNAME = 30

_HASH = "[#＃﹟]"
_AT = "[@＠﹫]"
_WORD = r"[\p{L}\p{M}\p{N}_]"
# Letters and marks of scripts without case. People who write these attach words to each other without a space.
_CASELESS = r"""[
    [[\p{Lo}\p{Lm}\p{M}]--[\p{Latin}\p{Greek}\p{Cyrillic}\p{Common}\p{Inherited}]]
    ||[\p{L}&&[\p{scx=Hira}\p{scx=Kana}\p{scx=Han}]]
]"""
# Marks that end an emoji, not a letter: variation selectors and the keycap.
_EMOJI_MARK = r"[\p{Variation_Selector}\u20E3]"
_ENDS_WORD = rf"(?!{_CASELESS}|{_EMOJI_MARK}){_WORD}"
_JOINER = r"[\u200C\u200D]"
# Middle dots, Hebrew and Tibetan punctuation, and the Japanese double hyphen: part of a word between two letters.
_MEDIUM = r"[\u00B7\u05BE\u05F3\u05F4\u0F0B\u0F0C\u30A0\u30FB\uFF65]"
_INVISIBLE = r"\p{Default_Ignorable_Code_Point}"
# A digit and what makes an emoji of it.
_KEYCAP = r"[0-9]\uFE0F?\u20E3"
_BEGINS_TAG = rf"(?!{_KEYCAP})[[\p{{L}}\p{{N}}_]--{_INVISIBLE}]"
_GOES_ON = rf"(?!{_KEYCAP})[{_WORD}--\u20E3]"
# A joiner belongs to the word between two letters, and after a virama, where it shapes the letter before.
_TAG = rf"{_BEGINS_TAG}(?:{_GOES_ON}|{_JOINER}(?={_GOES_ON})|(?<=\p{{ccc=9}}){_JOINER}|{_MEDIUM}(?={_BEGINS_TAG}))*+"
# What goes on in other cased letters is another name, and `@ada@host` is an address.
_NAME = rf"[A-Za-z0-9._]++(?!(?<!\.){_AT}|(?!{_CASELESS}){_WORD})"
_LABEL = r"[\p{L}\p{N}-]++"
# After a caseless letter "@" begins a mention, except where the name ends like the address of a host.
_HOST = rf"""(?:
    (?<!{_CASELESS}-?@)(?:{_LABEL}\.)+{_LABEL}
    | (?:[A-Za-z0-9-]++\.)+(?i:[a-z]{{2}}|com|net|org|info|edu|gov)(?!\.?[A-Za-z0-9-])
)"""
# A letter before "http" does not hide it, as nothing parts words in Japanese; "awww." is no address.
_URL = r"(?i:https?://|(?<![a-z0-9])www\.)"
# Chinese and Japanese texts go on behind a URL with punctuation of their own, and no space.
_IN_URL = "[^\\s、。，！？；「」『』【】（）《》〈〉…]"
# What begins like an address is taken whole, so that nothing inside it counts. Possessive, so that no text is slow.
_TOKENS = regex.compile(
    rf"""
      {_URL}{_IN_URL}++
    | [\p{{L}}\p{{N}}_][\p{{L}}\p{{M}}\p{{N}}_.+%-]*+@{_HOST}
    | (?<!{_ENDS_WORD}|{_HASH}|{_AT}|[&/]){_HASH}(?P<hashtag>{_TAG})(?:/?{_HASH}(?P<hashtag>{_TAG}))*+
    | (?<!{_ENDS_WORD}-?|{_AT}|/){_AT}(?P<mention>{_NAME})(?:[/|&+,-]{_AT}(?P<mention>{_NAME}))*+
    | (?:(?!{_URL})[\p{{L}}\p{{M}}\p{{N}}_.+%-])++
    """,
    regex.VERBOSE | regex.VERSION1,
)
_HASHTAG = regex.compile(rf"{_HASH}?({_TAG})", regex.VERBOSE | regex.VERSION1)
_CANDIDATES = regex.compile(rf"{_HASH}({_TAG})", regex.VERBOSE | regex.VERSION1)
_ALL_INVISIBLE = regex.compile(_INVISIBLE)


@dataclass(frozen=True)
class Entities:
    """The entities of a text, each once, in the order of first appearance.

    `hashtags` maps identities (case-folded, without invisible characters such as joiners) to the first written form, in
    NFC and without '#'. `mentions` are in lower case, without '@', by the name without the dots at its end, which may
    belong to the sentence.
    """

    hashtags: Mapping[str, str]
    mentions: Mapping[str, str]


def entities(text: str) -> Entities:
    """Return the hashtags and mentions of `text`. URLs and email addresses are skipped."""
    hashtags: dict[str, str] = {}
    mentions: dict[str, str] = {}
    for token in _TOKENS.finditer(nfc(text)):
        for hashtag in token.captures("hashtag"):
            hashtags.setdefault(_folded(hashtag), hashtag)
        for mention in token.captures("mention"):
            name = mention.rstrip(".").lower()
            if 0 < len(name) <= MAX_USERNAME:
                mentions.setdefault(name, mention[:MAX_USERNAME].lower())
    return Entities(hashtags, mentions)


def spellings(text: str, hashtags: Iterable[str]) -> dict[str, str]:
    """Return the first written form in `text` (NFC) of these hashtag identities; the identity if it does not occur."""
    names = list(hashtags)
    if not names:
        return {}
    written: dict[str, str] = {}
    for candidate in _CANDIDATES.findall(text):
        if written.setdefault(_folded(candidate), candidate) != candidate:
            # Only one of the two may be a hashtag. Reading the whole text is slow, and seldom needed.
            written = dict(entities(text).hashtags)
            break
    return {name: written.get(name, name) for name in names}


def hashtag_name(text: str) -> str | None:
    """Return the identity of a hashtag, given with or without '#'; None if it cannot be a hashtag."""
    match = _HASHTAG.fullmatch(nfc(text.strip()))
    return _folded(match[1]) if match else None


def _folded(name: str) -> str:
    return nfc(_ALL_INVISIBLE.sub("", name).casefold())
