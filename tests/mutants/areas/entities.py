"""Hashtags and mentions in a text."""

from tests.mutants.mutant import in_file

_entities = in_file("domain/entities.py", "tests/domain/test_text.py")

MUTANTS = [
    _entities(
        "joiners inside a word belong to it",
        "(?:{_GOES_ON}|{_JOINER}(?={_GOES_ON})|",
        "(?:{_GOES_ON}|",
        "test_hashtags",
    ),
    _entities(
        "a joiner after a virama belongs to the letter before", "|(?<=\\p{{ccc=9}}){_JOINER}|", "|", "test_hashtags"
    ),
    _entities("middle dots inside a word belong to it", "|{_MEDIUM}(?={_BEGINS_TAG}))*+", ")*+", "test_hashtags"),
    _entities(
        "the katakana middle dot belongs to a word", "\\u30A0\\u30FB\\uFF65]", "\\u30A0\\uFF65]", "test_hashtags"
    ),
    _entities(
        "hashtags in a row are all found",
        "(?P<hashtag>{_TAG})(?:/?{_HASH}(?P<hashtag>{_TAG}))*+",
        "(?P<hashtag>{_TAG})",
        "test_hashtags",
        "test_every_tag_of_a_row_is_found",
    ),
    _entities(
        "a hashtag may follow a word of a script without spaces",
        '_ENDS_WORD = rf"(?!{_CASELESS}|{_EMOJI_MARK}){_WORD}"',
        '_ENDS_WORD = rf"(?!{_EMOJI_MARK}){_WORD}"',
        "test_hashtags",
    ),
    _entities(
        "a hashtag may follow an emoji with a variation selector",
        '_ENDS_WORD = rf"(?!{_CASELESS}|{_EMOJI_MARK}){_WORD}"',
        '_ENDS_WORD = rf"(?!{_CASELESS}){_WORD}"',
        "test_hashtags",
    ),
    _entities("a keycap emoji is no hashtag", '_BEGINS_TAG = rf"(?!{_KEYCAP})[', '_BEGINS_TAG = rf"[', "test_hashtags"),
    _entities(
        "a keycap emoji ends a hashtag",
        '_GOES_ON = rf"(?!{_KEYCAP})[{_WORD}--',
        '_GOES_ON = rf"[{_WORD}--',
        "test_hashtags",
    ),
    _entities(
        "a fragment of a URL is no hashtag",
        "      {_URL}{_IN_URL}++\n    | [",
        "      [",
        "test_addresses_name_nothing",
    ),
    _entities(
        "a URL ends with Chinese and Japanese punctuation",
        '"[^\\\\s、。，！？；「」『』【】（）《》〈〉…]"',
        '"[^\\\\s]"',
        "test_mentions",
    ),
    _entities(
        "an e-mail address names nobody",
        "    | [\\p{{L}}\\p{{N}}_][\\p{{L}}\\p{{M}}\\p{{N}}_.+%-]*+@{_HOST}\n",
        "",
        "test_addresses_name_nothing",
        "test_mentions",
    ),
    _entities(
        "a name ends where its alphabet ends",
        "(?!(?<!\\.){_AT}|(?!{_CASELESS}){_WORD})",
        "(?!(?<!\\.){_AT}|{_WORD})",
        "test_mentions",
        "test_a_name_ends_where_its_alphabet_ends",
    ),
    _entities(
        "an address of another network is no mention",
        "(?!(?<!\\.){_AT}|(?!{_CASELESS}){_WORD})",
        "(?!(?!{_CASELESS}){_WORD})",
        "test_mentions",
    ),
    _entities(
        "a mention may follow a dot",
        "(?<!{_ENDS_WORD}-?|{_AT}|/){_AT}(?P<mention>",
        "(?<!{_ENDS_WORD}-?|{_AT}|[/.]){_AT}(?P<mention>",
        "test_mentions",
    ),
    _entities(
        "mentions in a row are all found",
        "(?P<mention>{_NAME})(?:[/|&+,-]{_AT}(?P<mention>{_NAME}))*+",
        "(?P<mention>{_NAME})",
        "test_mentions",
    ),
    _entities(
        "dots at the end of a mention belong to the sentence",
        'name = mention.rstrip(".").lower()',
        "name = mention.lower()",
        "test_mentions",
    ),
    _entities(
        "a name that is too long is no mention",
        "if 0 < len(name) <= MAX_USERNAME:",
        "if 0 < len(name):",
        "test_mentions",
    ),
    _entities(
        "a hashtag is shown as it was written",
        "hashtags.setdefault(_folded(hashtag), hashtag)",
        "hashtags.setdefault(_folded(hashtag), _folded(hashtag))",
        "test_hashtags_keep_their_first_spelling",
    ),
    _entities(
        "a hashtag keeps its first spelling",
        "hashtags.setdefault(_folded(hashtag), hashtag)",
        "hashtags[_folded(hashtag)] = hashtag",
        "test_hashtags_keep_their_first_spelling",
    ),
    _entities(
        "a hashtag is the same in any case",
        'return nfc(_ALL_INVISIBLE.sub("", name).casefold())',
        'return nfc(_ALL_INVISIBLE.sub("", name))',
        "test_hashtags",
    ),
    _entities(
        "a hashtag is the same with and without invisible characters",
        'return nfc(_ALL_INVISIBLE.sub("", name).casefold())',
        "return nfc(name.casefold())",
        "test_hashtags",
    ),
    _entities(
        "a text is read in NFC",
        "for token in _TOKENS.finditer(nfc(text)):",
        "for token in _TOKENS.finditer(text):",
        "test_what_is_found_has_its_one_identity",
        "test_hashtags",
    ),
]
