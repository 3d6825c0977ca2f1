"""A world of people and posts as columns of numbers: the same for the same size, seed and present instant.

People are numbered from 0; whatever refers to a person or a post here does so by number. Ids are as `next_id` would
have made them at the time: they sort by time and say the shard of their owner.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from bench import words
from kit import ids

SPAN = timedelta(days=90)
READERS = {10: 4, 300: 4, 5000: 4}
"""So many people follow exactly so many others."""
STAR = 0
"""The number of the person whom (nearly) everybody follows. Then come those of READERS, then everybody else."""
FOLLOWS = 100
"""About how many people somebody follows, on average; half of them follow fewer than 75."""

# Each kind of row takes every sixteenth value of the clock: no two ids are equal, whatever they are of.
_KINDS = (
    "users",
    "uploads",
    "posts",
    "attachments",
    "relations",
    "comments",
    "likes",
    "taggings",
    "hashtags",
    "locations",
)

Numbers = np.ndarray[Any, np.dtype[np.int64]]


def numbered(kind: str, ms: Numbers, shards: Numbers) -> Numbers:
    """Ids made in the ascending milliseconds `ms` (since ids.EPOCH), for owners in `shards`."""
    order = np.arange(len(ms))
    ticks = (np.maximum.accumulate((ms << 6) - order) + order) << 4 | _KINDS.index(kind)
    made: Numbers = (ticks >> 10) << 22 | shards << 10 | ticks & 1023
    return made


def shards_of(owners: Numbers) -> Numbers:
    """The shards in these ids."""
    return owners >> 10 & ids.SHARDS - 1


@dataclass(frozen=True)
class Era:
    """When it happens, in milliseconds since ids.EPOCH: people come first, posts are made from `begin` to `end`."""

    begin: int
    end: int

    @classmethod
    def until(cls, now: datetime) -> "Era":
        """The last 90 days, or half of the time since there are ids where that is less."""
        end = (now - timedelta(seconds=30) - ids.EPOCH) // timedelta(milliseconds=1)
        return cls(end - min(SPAN // timedelta(milliseconds=1), end // 2), end)

    def spread(self, random: np.random.Generator, count: int) -> Numbers:
        """Instants between `begin` and `end`, ascending."""
        return np.sort(random.integers(self.begin, self.end, count))


@dataclass(frozen=True)
class People:
    """Who there is and who follows whom: the `n`th follow is of `followers[n]`, who follows `followees[n]`."""

    seed: int
    era: Era
    ids: Numbers
    made: Numbers
    followers: Numbers
    followees: Numbers
    followed: Numbers

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.ids)

    @property
    def readers(self) -> dict[int, list[int]]:
        """The ids of those who follow so many (fewer in a small world)."""
        found, first = {}, STAR + 1
        for follows, count in READERS.items():
            found[follows] = [int(id) for id in self.ids[first : first + count]]
            first += count
        return found

    @property
    def star(self) -> int:
        """The id of the one whom everybody follows."""
        return int(self.ids[STAR])

    def some_followers(self, random: np.random.Generator, people: Numbers) -> Numbers:
        """For each of `people` one of their followers; anybody where there is none."""
        by_followee = self.followers[np.argsort(self.followees, kind="stable")]
        ends = np.cumsum(np.bincount(self.followees, minlength=self.count))
        counts = np.diff(ends, prepend=0)[people]
        picked = ends[people] - 1 - (random.random(len(people)) * counts).astype(np.int64)
        anybody = random.integers(0, self.count, len(people))
        return np.where(counts > 0, by_followee[np.minimum(picked, len(by_followee) - 1)], anybody)


def people(count: int, seed: int, now: datetime) -> People:
    """A graph whose followers are distributed by a power law, and how many somebody follows log-normally."""
    random = np.random.default_rng([seed, 1])
    era = Era.until(now)
    special = STAR + 1 + sum(READERS.values())
    appeal = random.permutation(count).astype(float) + 1
    appeal = appeal**-0.7
    degrees = np.clip(random.lognormal(np.log(FOLLOWS) - 0.32, 0.8, count), 3, count / 2).astype(np.int64)
    followers = np.repeat(np.arange(count), degrees)
    reach = np.cumsum(appeal)
    followees = np.searchsorted(reach, random.random(len(followers)) * reach[-1])
    ordinary = np.arange(special, count)
    pairs = np.unique(np.concatenate([followers * count + followees, ordinary * count + STAR]))
    followers, followees = pairs // count, pairs % count
    kept = (followers != followees) & ((followers == STAR) | (followers >= special))
    chosen = [(followers[kept], followees[kept])]
    reader = STAR + 1
    for follows, readers in READERS.items():
        for _ in range(readers):
            others = np.delete(appeal, reader)
            picked = random.choice(count - 1, min(follows, count - 1), replace=False, p=others / others.sum())
            chosen.append((np.full(len(picked), reader), picked + (picked >= reader)))
            reader += 1
    followers, followees = (np.concatenate(side) for side in zip(*chosen, strict=True))
    order = random.permutation(len(followers))
    made = np.sort(random.integers(era.begin // 4, era.begin, count))
    return People(
        seed,
        era,
        numbered("users", made, random.integers(0, ids.SHARDS, count)),
        made,
        followers[order],
        followees[order],
        era.spread(random, len(order)),
    )


@dataclass(frozen=True)
class Posts:
    """What people publish, say and like. `authors` and those who comment and like are numbers of people.

    `captions` and `places` index into what `words` made (-1: no place). Comments and likes are in the order of time.
    """

    ids: Numbers
    made: Numbers
    authors: Numbers
    photos: Numbers
    captions: Numbers
    places: Numbers
    written: list[words.Caption]
    known: list[words.Place]
    comments: Numbers
    commenters: Numbers
    commented: Numbers
    likes: Numbers
    likers: Numbers
    liked: Numbers

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.ids)

    @property
    def like_counts(self) -> Numbers:
        """For each post."""
        return np.bincount(self.likes, minlength=self.count)

    @property
    def comment_counts(self) -> Numbers:
        """For each post."""
        return np.bincount(self.comments, minlength=self.count)


PUBLISHED_AFTER = 2_000
"""So many milliseconds after it was made a post is published: its pictures take that long."""


def posts(world: People, count: int) -> Posts:
    """Posts of all people, some of whom post more than others; two comments on each and more on some; likes."""
    random = np.random.default_rng([world.seed, 2, count])
    activity = random.lognormal(0, 0.8, world.count)
    authors = random.choice(world.count, count, p=activity / activity.sum())
    made = world.era.spread(random, count)
    written, known = words.captions(random, 3000), words.places(random, 300)
    # Posts by whom more people follow are liked more: the logarithm of how many do is the mean.
    fame = np.log1p(np.bincount(world.followees, minlength=world.count))[authors]
    likes = np.repeat(np.arange(count), random.poisson(fame * random.exponential(0.5, count)))
    pairs = np.unique(likes * world.count + world.some_followers(random, authors[likes]))
    likes, likers = pairs // world.count, pairs % world.count
    comments = np.repeat(np.arange(count), 2 + random.geometric(0.8, count) - 1)
    commenters = world.some_followers(random, authors[comments])
    liked, order_of_likes = _later(random, world.era, made[likes])
    commented, order_of_comments = _later(random, world.era, made[comments])
    return Posts(
        numbered("posts", made, shards_of(world.ids[authors])),
        made,
        authors,
        random.choice([1, 2, 3], count, p=[0.8, 0.15, 0.05]),
        random.integers(0, len(written), count),
        np.where(random.random(count) < 0.4, random.integers(0, len(known), count), -1),
        written,
        known,
        comments[order_of_comments],
        commenters[order_of_comments],
        commented,
        likes[order_of_likes],
        likers[order_of_likes],
        liked,
    )


def _later(random: np.random.Generator, era: Era, made: Numbers) -> tuple[Numbers, Numbers]:
    """Instants after posts of these were published, ascending, and the order that makes them so."""
    published = made + PUBLISHED_AFTER
    at = published + random.exponential(3_600_000, len(made)).astype(np.int64)
    latest = era.end + 15_000
    at = np.where(at < latest, at, published + (random.random(len(made)) * (latest - published)).astype(np.int64))
    order = np.argsort(at, kind="stable")
    return at[order], order


def instant(ms: int) -> datetime:
    """Milliseconds since ids.EPOCH as the database has them."""
    return (ids.EPOCH + timedelta(milliseconds=ms)).astimezone(UTC)
