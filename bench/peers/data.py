"""A feed of twenty posts for each of some readers: always the same, as a file of JSON and as rows in Redis.

What the keys hold: `feed:<reader>` a sorted set of the ids of posts, `row:<post>` the JSON of a post with all that
belongs to it, `ready:<post>` the same as the answer to bench/feed.graphql has it.
"""

import random
import string
from pathlib import Path
from typing import Any

import orjson
import redis

from bench import words

READERS = 100
MEDIA_URL = "https://media.example.com"
SHOWN = 20
"""Posts on a page. A feed has twice as many."""

_PEOPLE, _PLACES, _POSTS = 300, 60, 2000
_WORDS = words.THINGS + words.MOODS
_SIZES = (1080, 640, 320, 150)
_LETTERS = string.ascii_letters + string.digits

Row = dict[str, Any]


def make() -> dict[str, Any]:
    """{users, locations, posts, feeds}: what a post refers to it names by its id, what comes in many is a list."""
    chance = random.Random(7)
    users = [_user(chance) for _ in range(_PEOPLE)]
    places = [
        {
            "id": _id(chance),
            "name": _text(chance, 2, 3).title(),
            "latitude": round(chance.uniform(-60, 70), 5),
            "longitude": round(chance.uniform(-180, 180), 5),
        }
        for _ in range(_PLACES)
    ]
    posts = [_post(chance, users, places) for _ in range(_POSTS)]
    feeds = [[post["id"] for post in chance.sample(posts, 2 * SHOWN)] for _ in range(READERS)]
    return {"users": users, "locations": places, "posts": posts, "feeds": feeds}


def write(made: dict[str, Any], path: Path) -> None:
    """As one file."""
    path.write_bytes(orjson.dumps(made))


def fill(made: dict[str, Any], url: str) -> None:
    """As rows in the Redis at `url`, with whatever belongs to a post in its row."""
    users = {user["id"]: user for user in made["users"]}
    places = {place["id"]: place for place in made["locations"]}
    client = redis.Redis.from_url(url)
    pipe = client.pipeline(transaction=False)
    for post in made["posts"]:
        whole = post | {
            "author": users[post["authorId"]],
            "location": places.get(post["locationId"]),
            "comments": [comment | {"author": users[comment["authorId"]]} for comment in post["comments"]],
        }
        pipe.set(f"row:{post['id']}", orjson.dumps(whole))
        pipe.set(f"ready:{post['id']}", orjson.dumps(answered(whole)))
    for reader, ids in enumerate(made["feeds"]):
        pipe.zadd(f"feed:{reader}", {id: len(ids) - place for place, id in enumerate(ids)})
    pipe.execute()
    client.close()


def answered(whole: Row) -> Row:
    """A post as the answer has it."""
    author = whole["author"]
    names = "id", "username", "displayName", "isVerified"
    plain = "id", "caption", "hashtags", "createdAt"
    return {
        **{name: whole[name] for name in plain},
        "author": {
            **{name: author[name] for name in names},
            "avatarUrl": _url(author["avatar"]),
            "viewerFollow": author["viewerFollow"],
        },
        "media": [photo | {"variants": [_variant(each) for each in photo["variants"]]} for photo in whole["media"]],
        "location": whole["location"],
        "likeCount": whole["likeCount"],
        "commentCount": whole["commentCount"],
        "viewerHasLiked": whole["viewerHasLiked"],
        "viewerHasSaved": whole["viewerHasSaved"],
        "comments": {"nodes": [_comment(comment) for comment in whole["comments"][:2]]},
    }


def _variant(row: Row) -> Row:
    return {"format": row["format"], "width": row["width"], "url": _url(row["key"])}


def _comment(row: Row) -> Row:
    author = {"id": row["author"]["id"], "username": row["author"]["username"]}
    return {
        **{name: row[name] for name in ("id", "text", "createdAt")},
        "author": author | {"avatarUrl": _url(row["author"]["avatar"])},
    }


def _url(key: str | None) -> str | None:
    return None if key is None else f"{MEDIA_URL}/{key}"


def _user(chance: random.Random) -> Row:
    return {
        "id": _id(chance),
        "username": f"user_{_id(chance, 6).lower()}",
        "displayName": _text(chance, 2, 3).title(),
        "isVerified": chance.random() < 0.1,
        "avatar": _key(chance) if chance.random() < 0.9 else None,
        "viewerFollow": chance.choice(["FOLLOWING", "FOLLOWING", "FOLLOWING", "NONE"]),
    }


def _post(chance: random.Random, users: list[Row], places: list[Row]) -> Row:
    return {
        "id": _id(chance),
        "caption": _text(chance, 4, 30),
        "hashtags": [chance.choice(_WORDS) + chance.choice(_WORDS) for _ in range(chance.randint(0, 3))],
        "createdAt": _instant(chance),
        "authorId": chance.choice(users)["id"],
        "media": [_photo(chance) for _ in range(chance.choices([1, 2, 3], [0.8, 0.15, 0.05])[0])],
        "locationId": chance.choice(places)["id"] if chance.random() < 0.4 else None,
        "likeCount": chance.randint(0, 9000),
        "commentCount": chance.randint(3, 300),
        "viewerHasLiked": chance.random() < 0.3,
        "viewerHasSaved": chance.random() < 0.1,
        "comments": [
            {
                "id": _id(chance),
                "text": _text(chance, 3, 14),
                "createdAt": _instant(chance),
                "authorId": chance.choice(users)["id"],
            }
            for _ in range(3)
        ],
    }


def _photo(chance: random.Random) -> Row:
    width, height = chance.choice([(4032, 3024), (3024, 4032), (3000, 3000), (1600, 900)])
    variants = []
    for side in _SIZES:
        for format, extension in (("JPEG", "jpg"), ("WEBP", "webp")):
            size = round(width * side / max(width, height))
            variants.append({"format": format, "width": size, "key": _key(chance, extension)})
    return {
        "id": _id(chance),
        "width": width,
        "height": height,
        "blurhash": "L" + _id(chance, 27),
        "altText": _text(chance, 3, 8) if chance.random() < 0.5 else None,
        "variants": variants,
    }


def _id(chance: random.Random, length: int = 14) -> str:
    return "".join(chance.choices(_LETTERS, k=length))


def _key(chance: random.Random, extension: str = "jpg") -> str:
    return f"{chance.randbytes(16).hex()}/{chance.randbytes(32).hex()}.{extension}"


def _text(chance: random.Random, least: int, most: int) -> str:
    return " ".join(chance.choices(_WORDS, k=chance.randint(least, most)))


def _instant(chance: random.Random) -> str:
    return f"2026-10-{chance.randint(1, 31):02d}T{chance.randint(0, 23):02d}:{chance.randint(0, 59):02d}:07.250Z"
