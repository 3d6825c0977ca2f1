"""What counts as a character, a name, a hashtag and a mention, in every script; and that no text is slow to read."""

import unicodedata
from functools import partial

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from domain.entities import entities, hashtag_name, spellings
from kit.errors import MAX_MISTAKES, UserErrors
from kit.text import Mistakes, is_longer, is_typable, length, nfc, opaque_string, shortened
from tests.support.processor_time import takes_at_most

FAMILY = "👨\u200d👩\u200d👧\u200d👦"
ZALGO = "a" + "\u0301\u0323" * 3
A = "\U0001f1e6"
# Characters that mean something to the rules, and some of every kind beside them.
TRICKY = st.text(
    st.sampled_from("aZ09_.-+%#＃@＠&/:・·\u200c \n\u0301\u0323é\u0345ßİſǰक्षि\u0f73ไน้ำ見한\u200d🌞👩🏽" + A)
    | st.sampled_from("\ufe0f\u20e3\u034f\u3164")
    | st.characters()
)


def codes(mistakes: Mistakes) -> list[str]:
    """What was noted."""
    try:
        mistakes.check()
    except UserErrors as errors:
        return [error.code for error in errors.errors]
    return []


def found(text: str) -> tuple[list[str], list[str]]:
    """The identities of the hashtags, and the names of the mentions."""
    named = entities(text)
    return list(named.hashtags), list(named.mentions)


def texted(value: str | None, most: int = 10, *, required: bool = False) -> tuple[str, list[str]]:
    mistakes = Mistakes()
    return mistakes.text(value, "The caption", most, "caption", required=required), codes(mistakes)


def named(value: str | None, most: int = 10, *, required: bool = True) -> tuple[str, list[str]]:
    mistakes = Mistakes()
    return mistakes.name(value, "The name", most, "name", required=required), codes(mistakes)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("abc", 3),
        ("\r\n", 1),
        ("e\u0301", 1),
        (ZALGO, 1),
        (FAMILY, 1),
        ("👍🏽", 1),
        ("1\ufe0f\u20e3", 1),
        (A * 2, 1),
        (A * 5, 3),
        ("a" + A * 2 + "\u0301" + A * 3, 4),
        ("नि", 1),
        ("क्षि", 1),
        ("น้ำ", 1),
        ("한", 1),
        ("\u1112\u1161\u11ab", 1),
        ("日本", 2),
    ],
)
def test_characters_as_people_count_them(text: str, count: int) -> None:
    assert length(text) == count


@given(TRICKY)
def test_characters_are_those_of_unicode(text: str) -> None:
    assert length(text) == len(regex.findall(r"\X", text))
    assert is_longer(text, 4) == (length(text) > 4 or len(text) > 32)


@given(TRICKY, st.text(st.sampled_from("\u0301\u0323\u0f73\u0f75\u0f81\u0344\u0345\u0338"), max_size=99), TRICKY)
def test_long_runs_of_marks_are_normalized_as_unicode_says(before: str, marks: str, after: str) -> None:
    text = before + marks + after
    assert nfc(text) == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize(
    ("text", "password"),
    [
        ("e\u0301tude", "étude"),
        ("a\u00a0b\u3000c d", "a b c d"),
        ("ＡB ﬁ Straße", "ＡB ﬁ Straße"),
        ("\u1112\u1161\u11ab", "한"),
    ],
)
def test_passwords_are_mapped_as_opaque_strings(text: str, password: str) -> None:
    assert opaque_string(text) == password
    assert opaque_string(password) == password


def test_what_no_password_has() -> None:
    assert all(map(is_typable, ["pass word", "パスワード", FAMILY, "❤\ufe0f", "\ue000"]))
    assert not any(map(is_typable, ["a\t", "a\n", "\x00", "\x7f", "\ud800", "\u0378", "\uffff"]))


@pytest.mark.parametrize("character", ["a", "e\u0301", "한", FAMILY, "क्षि", "👍🏽", A * 2])
def test_a_text_at_its_limit(character: str) -> None:
    text = character * 10
    assert texted(text) == (unicodedata.normalize("NFC", text), [])
    assert texted(text + "a")[1] == ["TOO_LONG"]


def test_text_is_bounded_in_bytes_besides_characters() -> None:
    short, long = Mistakes(), Mistakes()
    assert short.text(FAMILY * 1000, "It", 2200) == FAMILY * 1000, "25,000 bytes"
    short.check()
    long.text(FAMILY * 2200, "It", 2200)
    with pytest.raises(UserErrors, match=r"at most 27,424 bytes in UTF-8, but has 55,000"):
        long.check()


def test_a_payload_carries_a_bounded_number_of_mistakes() -> None:
    mistakes = Mistakes()
    for n in range(MAX_MISTAKES + 50):
        mistakes.add("INVALID", "It is wrong.", str(n))
    with pytest.raises(UserErrors) as refused:
        mistakes.check()
    assert len(refused.value.errors) == MAX_MISTAKES


def test_a_text_has_at_most_eight_code_points_for_each_character() -> None:
    assert texted("x" + "\u0323" * 79)[1] == []
    assert texted("x" + "\u0323" * 80)[1] == ["TOO_LONG"]


@pytest.mark.parametrize(
    ("value", "text", "noted"),
    [
        (None, "", ["REQUIRED"]),
        (" \n", "", ["REQUIRED"]),
        ("  two\nlines\t ", "two\nlines", []),
        ("e\u0301", "é", []),
        ("a\x00", "a\x00", ["INVALID"]),
        ("a\ud800", "a\ud800", ["INVALID"]),
    ],
)
def test_texts(value: str | None, text: str, noted: list[str]) -> None:
    assert texted(value, required=True) == (text, noted)


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("  Ada   Lovelace ", "Ada Lovelace"),
        ("a\u00a0\u3000b", "a b"),
        ("e\u0301", "é"),
        ("می\u200cشود", "می\u200cشود"),
        (FAMILY * 5, FAMILY * 5),
        ("ada\n", "ada"),
    ],
)
def test_names(value: str, name: str) -> None:
    assert named(value, 15) == (name, [])


@pytest.mark.parametrize(
    "hidden",
    [
        *"\n\r\t\x00\x1b\x7f\x85\ud800\u2028\u2029\u061c\u200e\u200f",
        *"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",
    ],
)
def test_a_name_hides_nothing(hidden: str) -> None:
    assert named(f"a{hidden}b") == ("", ["INVALID"])


@pytest.mark.parametrize(
    "value",
    [None, "", " \t\n", "\u200b", "\u200b\t", "\u200d\u200c", "\ufeff", "\u2060 \u200b", "\u00ad", "\u3164", "\u2800"],
)
def test_a_name_that_nobody_sees_is_none(value: str | None) -> None:
    assert named(value) == ("", ["REQUIRED"])
    assert named(value, required=False) == ("", [])


def test_a_name_at_its_limit() -> None:
    assert named("a" * 10) == ("a" * 10, [])
    assert named("a" * 11)[1] == ["TOO_LONG"]
    assert named("a" + " " * 50 + "b") == ("a b", [])


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("#sun🌞", "sun"),
        ("🌞#sun", "sun"),
        ("＃tag", "tag"),
        ("#غروب_الشمس،", "غروب_الشمس"),
        ("#नमस्ते!", "नमस्ते"),
        ("#น้ำตก", "น้ำตก"),
        ("#夕焼け。#空", "夕焼け 空"),
        ("#한국 #\u1112\u1161\u11ab\u1100\u116e\u11a8", "한국"),
        ("#Закат", "закат"),
        ("#Straße #STRASSE", "strasse"),
        ("#İstanbul", "i\u0307stanbul"),
        ("#café #cafe\u0301 #CAFÉ", "café"),
        ("#b #a #B", "b a"),
        ("(#a), #b. #c-d \"#e\" '#f' #g…", "a b c e f g"),
        ("#_a #2026 #१२", "_a 2026 १२"),
        ("#a#b", "a b"),
        ("#love#instagood＃photo #a/#b", "love instagood photo a b"),
        ("楽しかった#旅行 スキー#雪 ที่#น้ำตก 사랑#여행 देखो#ताज كلمة#وسم", "旅行 雪 น้ำตก 여행 ताज وسم"),
        ("📷\ufe0f#sun 1\ufe0f\u20e3#one ﹟small", "sun one small"),
        ("#می\u200cخواهم #میخواهم", "میخواهم"),
        ("#අත්\u200dහැර #അവന്\u200d #র\u200d্যাব #lo\u200dve #love", "අත්හැර അവന് র্যাব love"),
        ("#a\u200d #b\u200d👩 #c\u200c\u200cd", "a b c"),
        ("#葛\U000e0100飾 #葛飾", "葛飾"),
        ("#love\u3164 #lo\u034fve #love\ufe0f #love", "love"),
        ("#\u3164 #\u115f\u1160", ""),
        ("#1\ufe0f\u20e3 #2\u20e3 #love1\ufe0f\u20e3 #a・1\ufe0f\u20e3 #100", "love a 100"),
        ("#col·lecció #col\u0387lecció #ぼっち・ざ・ろっく", "col·lecció ぼっち・ざ・ろっく"),
        ("#夕焼け・#空・ #a·, #צה״ל #བཀྲ་ཤིས་", "夕焼け 空 a צה״ל བཀྲ་ཤིས"),
        ("##a a#b é#b e\u0301#b _#b &#39; &#x27; /#b @#b ＃#b # #- #\u0301a", ""),
    ],
)
def test_hashtags(text: str, names: str) -> None:
    assert found(text) == (names.split(), [])


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@ada.", "ada"),
        ("(@ada)", "ada"),
        ("@Ada @ada, @grace!", "ada grace"),
        ("＠ada", "ada"),
        ("@a..b @_c @.d", "a..b _c .d"),
        ("@ada... @grace🌞 @joan、", "ada grace joan"),
        ("+@ada.b", "ada.b"),
        ("@" + "a" * 30 + ".", "a" * 30),
        ("@" + "a" * 31, ""),
        ("@adaé @adae\u0301 @adaя @ada１ @aſk @ａda", ""),
        ("x@ada é@ada @@ada /@ada x-@ada", ""),
        ("-@ada ל-@grace ל-@joan.b ל-@x.example.com 5-@kay", "ada grace joan.b"),
        ("https://x.example/@no。@ada 見https://x.example/見、@grace", "ada grace"),
        ("@adaさん @graceさん、 @joan님 @hedyเป็น", "ada grace joan hedy"),
        ("感謝@ada ขอบคุณ@grace 감사@joan شكرا@hedy", "ada grace joan hedy"),
        ("感謝@ada.lovelaceさん", "ada.lovelace"),
        (".@ada Danke.@grace 📷\ufe0f@joan ﹫hedy", "ada grace joan hedy"),
        ("@a/@b @c/@d/@e @f|@g,@h+@i.@j", "a b c d e f g h i j"),
        ("@a@host @a@host.example 見@b@host x/@c video.example/@d @e/f", "e"),
        ("@ @. @- @@", ""),
    ],
)
def test_mentions(text: str, names: str) -> None:
    assert found(text) == ([], names.split())


@pytest.mark.parametrize(
    "address",
    [
        "https://x.example/a#b",
        "HTTP://x.example/?q=#b&@ada",
        "www.x.example/@ada#tag",
        "WWW.x.example/?#tag",
        "見てhttps://x.example/?q=#tag",
        "見てwww.x.example/?q=#tag",
        "x-https://x.example/?q=#tag",
        "ada@example.com",
        "first.last@example.co.uk",
        "first+last@mail-1.example.com",
        "почта@пример.рф",
        "用户@example.com",
        "あいうえお@mail.example.co.jpまで",
        "メール：ada@example.comまで",
        "ada.@mail.example.jp",
        "mailto:ada@example.com",
    ],
)
def test_addresses_name_nothing(address: str) -> None:
    assert found(address) == ([], [])
    assert found(f"#here @joan: {address} @grace #there") == (["here", "there"], ["joan", "grace"])


def test_what_only_looks_like_an_address() -> None:
    assert found("mail ada@example.com, @grace") == ([], ["grace"])
    assert found("awww.(#cute) http:/(#a) httpx(@ada)") == (["cute", "a"], ["ada"])


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("sun", "sun"),
        (" #Sun ", "sun"),
        ("＃Straße", "strasse"),
        ("cafe\u0301", "café"),
        *((wrong, None) for wrong in ("", "#", "##a", "a b", "a-b", "#a🌞", "\u0301a", "@a", "a#b", "a\n#b")),
    ],
)
def test_a_hashtag_that_somebody_asks_for(text: str, name: str | None) -> None:
    assert hashtag_name(text) == name


def test_hashtags_keep_their_first_spelling() -> None:
    assert entities("#Straße #STRASSE").hashtags == {"strasse": "Straße"}
    assert entities("#می\u200cخواهم").hashtags == {"میخواهم": "می\u200cخواهم"}
    assert entities("#葛\U000e0100飾").hashtags == {"葛飾": "葛\U000e0100飾"}
    assert spellings("#Café #CAFÉ", ["café", "gone"]) == {"café": "Café", "gone": "gone"}
    assert spellings("https://x.example/#SUN #Sun", ["sun"]) == {"sun": "Sun"}


def test_dots_after_a_name_are_kept_beside_it() -> None:
    assert entities("@ada... @Grace, @joan. @joan").mentions == {"ada": "ada...", "grace": "grace", "joan": "joan."}
    assert entities("@" + "a" * 29 + "....").mentions == {"a" * 29: "a" * 29 + "."}


@given(TRICKY)
def test_what_is_found_has_its_one_identity(text: str) -> None:
    named = entities(text)
    assert named == entities(nfc(text))
    for name, written in named.hashtags.items():
        assert hashtag_name(name) == hashtag_name(f"#{written}") == name
        assert entities(f"#{name}").hashtags == {name: name}
        assert written in nfc(text)
    assert spellings(nfc(text), named.hashtags) == named.hashtags
    assert all(regex.fullmatch(r"[a-z0-9._]{0,29}[a-z0-9_]", name) for name in named.mentions)


WORDS = st.sampled_from(["love", "Straße", "旅行", "می\u200cخواهم", "col·lecció", "น้ำตก", "ぼっち・ざ・ろっく", "नमस्ते"])
NAMES = st.from_regex(r"[a-z0-9_]([._]?[a-z0-9]){0,9}", fullmatch=True)
CASELESS = st.sampled_from(["さん", "感謝", "ขอบคุณ", "님", "नमस्ते", "لل", "ー"])


@given(st.lists(WORDS, min_size=1, max_size=9, unique=True), st.sampled_from(["", " ", "/", "、", "・"]), CASELESS)
def test_every_tag_of_a_row_is_found(words: list[str], separator: str, before: str) -> None:
    row = separator.join(f"#{word}" for word in words)
    assert list(entities(row).hashtags.values()) == list(entities(before + row).hashtags.values()) == words


@given(NAMES, CASELESS, CASELESS)
def test_a_name_ends_where_its_alphabet_ends(name: str, before: str, after: str) -> None:
    assert found(f"@{name}{after}") == found(f".@{name}") == found(f"📷\ufe0f@{name}, 見") == ([], [name])
    assert found(f"{before}@{name}@host") == found(f"{name}@{name}.example") == ([], [])
    assert found(f"https://x.example/{before}@{name}") == ([], [])


@pytest.mark.parametrize(
    "part",
    [
        *("a", "a.", "@", "#", "a@", "#a", "@a", "%@", "-", "a@a.", "a@a-", "a@a.@", "#@", "\u200b"),
        *("見@a.", "見@a.com", "@a/", "@a/@", "@a/@b", "#見", "a\u200d", "क्\u200d", "#a\u200d", "・", "見・", "#a/"),
        *("http", "http://", "ahttp:", "ahttps://", "www.", "awww.", "é\u0323@a.#http:/"),
        *("\u0301", "\u0301\u0323", "\u0323#\u0301", "\u0f73", "\u1100\u1161", "क्", "क्\u0301"),
        *("👩\u200d", "👩\u0301\u200d", "\u0600", A, A * 2 + "\u0301", "\u0600" + A),
    ],
)
def test_no_text_is_slow(part: str) -> None:
    often = (part * 20_000)[:20_000]
    for text in (often, "#a" + often, "a@" + often, "\u0301" * 10_000 + "\u0323" * 10_000 + often, FAMILY + often):
        for read in (entities, hashtag_name, nfc, length):
            takes_at_most(100, partial(read, text))


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("", ""),
        ("12345678", "12345678"),
        ("123456789", "1234567…"),
        ("123456 89", "123456…"),
        ("12345" + FAMILY, "12345…"),
        (FAMILY + "1", FAMILY + "1"),
        (FAMILY + "12", FAMILY + "…"),
        ("a" + "\u0301" * 20, "…"),
    ],
)
def test_a_text_is_shortened_between_characters(text: str, short: str) -> None:
    assert shortened(text, 8) == short


@given(TRICKY, st.integers(1, 40))
def test_a_short_text_is_as_long_as_it_may_be(text: str, most: int) -> None:
    short = shortened(text, most)
    assert len(short) <= most
    assert short == text or text.startswith(short.removesuffix("…"))
