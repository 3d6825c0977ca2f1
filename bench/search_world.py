"""A world to search in: names and words by Zipf's law, some of them in Han, kana, Hangul and Cyrillic, and emoji.

Counts of followers, likes and comments are drawn from a power law, not counted: their rows are not there.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import asyncpg
import numpy as np

from bench import seed, words, world
from bench.pictures import Pictures
from bench.seed import Column
from bench.world import Era, Numbers, numbered, shards_of
from domain.graph.rows import Kind
from kit import clock, ids

FIRST_NAMES, LAST_NAMES, VOCABULARY, PLACES = 1_000, 5_000, 120_000, 5_000
FOLLOWS = 10
"""How many people somebody follows."""
SEARCHERS = 100
SEARCHER_FOLLOWS = 300
"""How many people each of the first SEARCHERS follows."""
HAN, KANA = 0.12, 0.08
"""Parts of all captions."""
TAGGED = 0.6

_ONSETS = words.split("b d f g h j k l m n p r s t v w z br ch dr gr kl pl sh st tr")
_VOWELS = words.split("a e i o u ai ea io ou")
_ENDS = ["", "", "", "n", "r", "s", "l", "t"]
_HAN = (
    "山水花月日星天空海川大小中上下人心手目口東西南北春夏秋冬風雨雪雲光影城市街路家門車電火金木"
    "土田米食茶飯美好愛新古白黒赤青緑紅高長明清静安平和夢想時間今朝夜晩早遠近行来去回見聞読書写"
    "真旅友客馬犬猫魚鳥虫草葉竹林森園橋島湖河石玉糸衣布紙刀弓舟"
)
_KANA = (
    "あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりるれろわをん"
    "アイウエオカキクケコサシスセソ"
)
_HANGUL = "김이박최정강조윤장임민서연지우하은준현수영미나라도"
_CYRILLIC = words.split(
    "анна мария елена ольга иван сергей дмитрий алексей смирнов кузнецов попов соколов новиков морозов волков"
)
_EMOJI = words.split("😀 😂 ❤️ 🔥 ✨ 🌊 🌅 🐶 🍕 ☕ 🎉 📷 🏖️ 🌸 💪 🙏")


@dataclass(frozen=True)
class Found:
    """Somebody who can be looked for."""

    id: int
    username: str
    display_name: str
    follower_count: int
    is_private: bool


@dataclass(frozen=True)
class SearchWorld:
    """What there is to search for. `vocabulary` begins with the most frequent words; `searchers` are ids of people."""

    people: list[Found]
    searchers: list[int]
    vocabulary: list[str]
    han: list[str]


def _zipf(count: int, exponent: float) -> Numbers:
    """Cumulated probabilities of `count` things, the most frequent first."""
    weights = 1 / np.arange(1, count + 1) ** exponent
    return np.asarray(np.cumsum(weights / weights.sum()))


def _picked(random: np.random.Generator, reach: Numbers, count: int) -> Numbers:
    return np.minimum(np.searchsorted(reach, random.random(count)), len(reach) - 1)


def _words(random: np.random.Generator, known: Iterable[str], count: int) -> list[str]:
    """`known` words, and invented ones after them."""
    found = dict.fromkeys(known)
    while len(found) < count:
        size = 4 * (count - len(found)) + 100
        syllables = random.choice((2, 2, 3, 3, 4), size).tolist()
        onsets, vowels = (random.choice(parts, 4 * size).tolist() for parts in (_ONSETS, _VOWELS))
        ends = random.choice(_ENDS, size).tolist()
        for n in range(size):
            part = slice(4 * n, 4 * n + syllables[n])
            parts = zip(onsets[part], vowels[part], strict=True)
            found.setdefault("".join(map("".join, parts)) + ends[n])
    return list(found)[:count]


def _names(random: np.random.Generator, count: int) -> tuple[list[str], list[str]]:
    """Usernames, no two of them the same, and display names."""
    firsts, lasts = _words(random, words.FIRST, FIRST_NAMES), _words(random, words.LAST, LAST_NAMES)
    first = _picked(random, _zipf(FIRST_NAMES, 0.6), count).tolist()
    last = _picked(random, _zipf(LAST_NAMES, 0.5), count).tolist()
    forms = random.choice(6, count, p=[0.25, 0.2, 0.25, 0.1, 0.1, 0.1]).tolist()
    scripts = random.choice(6, count, p=[0.68, 0.08, 0.06, 0.04, 0.08, 0.06]).tolist()
    signs = random.integers(0, 1 << 30, (count, 4)).tolist()
    usernames: dict[str, None] = {}
    display_names = []
    for n in range(count):
        one, other, sign = firsts[first[n]], lasts[last[n]], signs[n]
        thing = words.THINGS[sign[0] % len(words.THINGS)]
        made = (f"{one}.{other}", f"{one}_{other}", one + other, one[0] + other, f"{one}.{thing}", f"{other}{thing}")
        base = username = made[forms[n]][:24]
        while username in usernames:
            username = f"{base}{random.integers(1, 99_999)}"
        usernames[username] = None
        full = f"{one.title()} {other.title()}"
        display_names.append(
            (
                full,
                "".join(_HAN[each % len(_HAN)] for each in sign[: 2 + sign[3] % 2]),
                "".join(_HANGUL[each % len(_HANGUL)] for each in sign[:3]),
                "".join(_KANA[each % len(_KANA)] for each in sign),
                f"{_CYRILLIC[sign[0] % 8]} {_CYRILLIC[8 + sign[1] % 7]}".title(),
                f"{full.replace('a', 'á').replace('o', 'ö')} {_EMOJI[sign[2] % len(_EMOJI)]}",
            )[scripts[n]]
        )
    return list(usernames), display_names


def _captions(random: np.random.Generator, count: int, vocabulary: Sequence[str]) -> tuple[list[str], list[list[str]]]:
    """Captions, and the hashtags in each."""
    reach, han_reach = _zipf(len(vocabulary), 1.0), _zipf(len(_HAN), 0.7)
    lengths = random.integers(3, 22, count)
    script = random.choice(3, count, p=[1 - HAN - KANA, HAN, KANA]).tolist()
    tags = np.where(random.random(count) < TAGGED, random.integers(1, 6, count), 0)
    emoji = np.where(random.random(count) < 0.3, random.integers(0, len(_EMOJI), count), -1).tolist()
    latin = _picked(random, reach, int(lengths.sum())).tolist()
    han = _picked(random, han_reach, int(lengths.sum())).tolist()
    tagged = _picked(random, reach, int(tags.sum())).tolist()
    texts, hashtags, at, tag_at = [], [], 0, 0
    for n, (length, tag_count) in enumerate(zip(lengths.tolist(), tags.tolist(), strict=True)):
        if script[n] == 0:
            text = " ".join(vocabulary[each] for each in latin[at : at + length])
        else:
            letters = _HAN if script[n] == 1 else _KANA
            text = "".join(letters[each % len(letters)] for each in han[at : at + length])
        found = list(dict.fromkeys(vocabulary[each] for each in tagged[tag_at : tag_at + tag_count]))
        at, tag_at = at + length, tag_at + tag_count
        text += "".join(f" #{tag}" for tag in found)
        texts.append(f"{text} {_EMOJI[emoji[n]]}" if emoji[n] >= 0 else text)
        hashtags.append(found)
    return texts, hashtags


def _list(values: Sequence[object]) -> Column:
    return lambda start, stop: values[start:stop]


async def fill(url: str, people: int, posts: int, number: int) -> SearchWorld:
    """Make the world in the migrated database at `url`. The same `number` makes the same world."""
    random = np.random.default_rng([number, 5])
    era = Era.until(clock.now())
    vocabulary = _words(random, (*words.THINGS, *words.MOODS), VOCABULARY)
    usernames, display_names = _names(random, people)
    private = random.random(people) < 0.15
    followers = np.minimum(random.pareto(0.75, people) * 20, 30_000_000).astype(np.int64)
    made = np.sort(random.integers(era.begin // 4, era.begin, people))
    person_ids = numbered("users", made, random.integers(0, ids.SHARDS, people))
    tables = ["users", "relations", "posts", "uploads", "attachments", "taggings"]
    async with seed.bulk(url, tables, 2 * people + people * FOLLOWS + 5 * posts) as (tx, bar):
        pictures = Pictures(random, people)
        columns: dict[str, Column] = {
            "id": person_ids,
            "username": _list(usernames),
            "email": lambda start, stop: [f"{name}@example.com" for name in usernames[start:stop]],
            "display_name": _list(display_names),
            "avatar": lambda start, stop: [f'{each[:-1]},"id":1,"chosen":1}}' for each in pictures.media(start, stop)],
            "is_private": private,
            "is_verified": random.random(people) < 0.02,
            "status": seed.same("ACTIVE"),
            "password_hash": seed.same(""),
            "birth_date": seed.same(seed.BORN),
            "created_at": seed.times(made),
            "follower_count": followers,
        }
        await seed.copy(tx, bar, "users", columns)
        reach = np.cumsum((followers + 5.0) ** 0.5)
        counts = np.full(people, FOLLOWS)
        counts[:SEARCHERS] = SEARCHER_FOLLOWS
        froms = np.repeat(np.arange(people), counts)
        tos = np.searchsorted(reach, random.random(len(froms)) * reach[-1])
        pairs = np.unique(froms * people + tos)
        froms, tos = pairs // people, pairs % people
        froms, tos = froms[froms != tos], tos[froms != tos]
        columns = {
            "id": numbered("relations", era.spread(random, len(froms)), shards_of(person_ids[froms])),
            "from_id": person_ids[froms],
            "to_id": person_ids[tos],
            "kind": seed.same(int(Kind.FOLLOW)),
        }
        await seed.copy(tx, bar, "relations", columns)
        await _posts(tx, bar, random, era, person_ids, reach, vocabulary, posts)
    found = zip(person_ids.tolist(), usernames, display_names, followers.tolist(), private.tolist(), strict=True)
    pairs_of_han = [_HAN[a] + _HAN[b] for a, b in random.integers(0, 60, (200, 2)).tolist()]
    return SearchWorld([Found(*each) for each in found], person_ids[:SEARCHERS].tolist(), vocabulary, pairs_of_han)


async def _posts(
    tx: asyncpg.Connection,
    bar: seed.Bar,
    random: np.random.Generator,
    era: Era,
    people: Numbers,
    reach: Numbers,
    vocabulary: Sequence[str],
    count: int,
) -> None:
    authors = np.searchsorted(reach, random.random(count) * reach[-1])
    owners, made = people[authors], era.spread(random, count)
    shards = shards_of(owners)
    texts, hashtags = _captions(random, count, vocabulary)
    known = words.places(random, PLACES)
    places = np.array(await seed.add_places(tx, known, era.begin), dtype=np.int64)
    located = np.where(random.random(count) < 0.2, _picked(random, _zipf(PLACES, 0.8), count), -1)
    post_ids, published = numbered("posts", made, shards), made + world.PUBLISHED_AFTER
    columns: dict[str, Column] = {
        "id": post_ids,
        "author_id": owners,
        "status": seed.same("PUBLISHED"),
        "caption": _list(texts),
        "hashtags": _list(hashtags),
        "location_id": seed.each_of(lambda place: int(places[place]) if place >= 0 else None, located),
        "created_at": seed.times(made),
        "published_at": seed.times(published),
        "like_count": np.minimum(random.pareto(0.9, count) * 8, 5_000_000).astype(np.int64),
        "comment_count": np.minimum(random.pareto(0.9, count), 1_000_000).astype(np.int64),
    }
    await seed.copy(tx, bar, "posts", columns)
    uploads = numbered("uploads", made - 5_000, shards)
    await seed.add_uploads(tx, bar, Pictures(random, count), uploads, owners, made - 5_000)
    columns = {
        "id": numbered("attachments", made, shards),
        "upload_id": uploads,
        "post_id": post_ids,
        "position": seed.same(0),
    }
    await seed.copy(tx, bar, "attachments", columns)
    numbers: dict[str, int] = {}
    tagged = [(n, numbers.setdefault(tag, len(numbers))) for n, tags in enumerate(hashtags) for tag in tags]
    posts_of, tags_of = (np.array(side, dtype=np.int64) for side in zip(*tagged, strict=True))
    hashtag_shards = np.array([words.hashtag_shard(tag) for tag in numbers], dtype=np.int64)
    hashtag_ids = numbered("hashtags", np.full(len(numbers), era.begin), hashtag_shards)
    await tx.copy_records_to_table(
        "hashtags",
        columns=["id", "name", "post_count"],
        records=zip(hashtag_ids.tolist(), numbers, np.bincount(tags_of).tolist(), strict=True),
    )
    columns = {
        "id": numbered("taggings", published[posts_of], shards[posts_of]),
        "hashtag_id": hashtag_ids[tags_of],
        "post_id": post_ids[posts_of],
        "author_id": owners[posts_of],
        "published_at": seed.times(published[posts_of]),
    }
    await seed.copy(tx, bar, "taggings", columns)
