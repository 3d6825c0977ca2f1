"""Random worlds: few users with every kind of relationship and every kind of content."""

import secrets
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

from hypothesis import strategies as st

from clients.postgres import Connection, Database
from domain.graph.rows import Kind
from domain.messages.sealing import Keys
from tests.privacy.days import Story, show
from tests.privacy.talks import Said, Talk, Told, talk, tell
from tests.support.media_rows import avatar, picture, video

PEOPLE = 4
TIES = (
    0,
    Kind.FOLLOW,
    Kind.REQUEST,
    Kind.BLOCK,
    Kind.FOLLOW | Kind.MUTE,
    Kind.FOLLOW | Kind.CLOSE_FRIEND,
    Kind.FOLLOW | Kind.STORY_NOTIFICATIONS,
    Kind.MUTE,
    Kind.BLOCK | Kind.MUTE,
)


@dataclass(frozen=True)
class Post:
    """`tags`, `mentions` are people by their places in the world."""

    author: int
    status: str
    tags: frozenset[int]
    mentions: frozenset[int]
    hashtag: bool
    place: bool


@dataclass(frozen=True)
class Comment:
    """`parent` is the place of an earlier, top-level comment of the same post, or None."""

    post: int
    author: int
    parent: int | None
    mentions: frozenset[int]


@dataclass
class World:
    """Everything by its place in these lists; `ids` are given when it is made."""

    private: list[bool]
    status: list[str]
    ties: dict[tuple[int, int], int]
    posts: list[Post]
    comments: list[Comment]
    likes: frozenset[tuple[int, int]]
    comment_likes: frozenset[tuple[int, int]]
    saves: frozenset[tuple[int, int]]
    talks: list[Talk]
    told: list[Told]
    stories: list[Story]
    views: frozenset[tuple[int, int]]
    people_ids: list[int] = field(default_factory=list)
    session_ids: list[int] = field(default_factory=list)
    post_ids: list[int] = field(default_factory=list)
    photo_ids: list[int] = field(default_factory=list)
    comment_ids: list[int] = field(default_factory=list)
    talk_ids: list[int] = field(default_factory=list)
    member_ids: list[list[int]] = field(default_factory=list)
    said_ids: list[list[int]] = field(default_factory=list)
    told_ids: list[int] = field(default_factory=list)
    story_ids: list[int] = field(default_factory=list)
    still_ids: list[int] = field(default_factory=list)
    highlight_ids: list[int] = field(default_factory=list)
    hashtag: str = ""
    hashtag_id: int = 0
    place_id: int = 0

    def tie(self, one: int, other: int, kind: Kind) -> bool:
        """Whether `one` does that to `other`."""
        return bool(self.ties.get((one, other), 0) & kind)

    def active(self, *people: int) -> bool:
        """Whether these accounts are active, so that what they do counts."""
        return all(self.status[n] == "ACTIVE" for n in people)

    def counted(self, n: int) -> bool:
        """Whether a comment counts: its author is active, and so is whom it answers."""
        parent = self.comments[n].parent
        return self.active(self.comments[n].author) and (parent is None or self.counted(parent))

    def is_listed(self, n: int) -> bool:
        """Whether strangers may see what somebody posts, so that it counts for hashtags."""
        return not self.private[n] and self.status[n] == "ACTIVE"


somebody = st.integers(0, PEOPLE - 1)
few = st.frozensets(somebody, max_size=2)


def _draw_talks(draw: st.DrawFn, posts: int, stories: int) -> list[Talk]:
    """Conversations in which so many posts and stories are sent. Two users have at most one without others."""
    talks: dict[object, Talk] = {}
    for n, members in enumerate(
        draw(st.lists(st.lists(somebody, min_size=2, max_size=PEOPLE, unique=True), max_size=3))
    ):
        said = st.builds(
            Said,
            sender=st.integers(0, len(members) - 1),
            post=st.none() | st.integers(0, posts - 1),
            answers=st.booleans(),
            story=st.none() | st.integers(0, stories - 1) if stories else st.none(),
        )
        talk = draw(
            st.builds(
                Talk,
                members=st.just(tuple(members)),
                said=st.lists(said, max_size=3).map(tuple),
                late=st.booleans(),
                unanswered=st.booleans(),
                read=st.booleans(),
            )
        )
        talks[n if talk.is_group else frozenset(members)] = talk
    return list(talks.values())


def _draw_notifications(draw: st.DrawFn, posts: int, comments: int, stories: int) -> list[Told]:
    things = {"LIKE": posts, "MENTION": comments, "STORY": stories, "FOLLOW": PEOPLE}
    return [
        Told(user, kind, thing % things[kind], tuple(actors))
        for user, kind, thing, actors in draw(
            st.lists(
                st.tuples(
                    somebody,
                    st.sampled_from([kind for kind, count in things.items() if count]),
                    st.integers(0, 11),
                    st.lists(somebody, min_size=1, max_size=PEOPLE, unique=True),
                ),
                max_size=4,
            )
        )
    ]


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Most are small; every combination can come."""
    pairs = [(one, other) for one in range(PEOPLE) for other in range(PEOPLE) if one != other]
    posts = draw(
        st.lists(
            st.builds(
                Post,
                author=somebody,
                status=st.sampled_from(["PUBLISHED", "PUBLISHED", "PUBLISHED", "PROCESSING", "IN_REVIEW", "REJECTED"]),
                tags=few,
                mentions=few,
                hashtag=st.booleans(),
                place=st.booleans(),
            ),
            min_size=1,
            max_size=4,
        )
    )
    comments: list[Comment] = []
    for post, author, reply, mentions in draw(
        st.lists(st.tuples(st.integers(0, len(posts) - 1), somebody, st.booleans(), few), max_size=5)
    ):
        above = [n for n, other in enumerate(comments) if other.post == post and other.parent is None]
        comments.append(Comment(post, author, above[-1] if reply and above else None, mentions))
    of_posts = st.frozensets(st.tuples(somebody, st.integers(0, len(posts) - 1)), max_size=5)
    of_comments = st.frozensets(st.tuples(somebody, st.integers(0, max(len(comments) - 1, 0))), max_size=4)
    stories = draw(
        st.lists(
            st.builds(
                lambda author, status, close, over, kept: Story(
                    author, status, close, over, kept and status == "PUBLISHED"
                ),
                author=somebody,
                status=st.sampled_from(["PUBLISHED"] * 5 + ["PROCESSING", "IN_REVIEW", "REJECTED"]),
                close=st.booleans(),
                over=st.sampled_from([False, False, True]),
                kept=st.booleans(),
            ),
            max_size=5,
        )
    )
    of_stories = st.frozensets(st.tuples(somebody, st.integers(0, max(len(stories) - 1, 0))), max_size=6)
    talks = _draw_talks(draw, len(posts), len(stories))
    told = _draw_notifications(draw, len(posts), len(comments), len(stories))
    return World(
        told=told,
        stories=stories,
        views=frozenset(view for view in draw(of_stories) if view[0] != stories[view[1]].author)
        if stories
        else frozenset(),
        talks=talks,
        private=draw(st.lists(st.booleans(), min_size=PEOPLE, max_size=PEOPLE)),
        status=draw(
            st.lists(st.sampled_from(["ACTIVE"] * 8 + ["DEACTIVATED", "DELETED"]), min_size=PEOPLE, max_size=PEOPLE)
        ),
        ties=dict(zip(pairs, draw(st.lists(st.sampled_from(TIES), min_size=12, max_size=12)), strict=True)),
        posts=posts,
        comments=comments,
        likes=draw(of_posts),
        comment_likes=draw(of_comments) if comments else frozenset(),
        saves=draw(of_posts),
    )


def name_of(person_id: int) -> str:
    """A username that is like no other: ids that are made together differ in a few letters, as typos do."""
    return f"w.{sha256(person_id.to_bytes(8)).hexdigest()[:16]}"


async def make(db: Database, keys: Keys, world: World) -> None:
    """Write the world, with counters that count its rows."""
    await _number(db, world)
    await talk(db, keys, world)
    await tell(db, world)
    now = datetime.now(UTC).replace(microsecond=0)
    async with db.acquire() as tx, tx.transaction():
        await _write_users(tx, world)
        await _write_posts(tx, world, now)
        await show(tx, world, now)
        await _write_comments(tx, world)
        await _write_names(tx, world)
        await _write_reactions(tx, world)


async def _number(db: Database, world: World) -> None:
    """Give everything in the world its id."""
    count = 3 * PEOPLE + 2 * len(world.posts) + len(world.comments) + 2 * len(world.stories) + 2
    numbers = [record["n"] for record in await db.fetch("SELECT next_id(7) AS n FROM generate_series(1, $1)", count)]
    take = iter(numbers).__next__
    world.people_ids = [take() for _ in range(PEOPLE)]
    world.session_ids = [take() for _ in range(PEOPLE)]
    world.photo_ids = [take() for _ in world.posts]
    world.post_ids = [take() for _ in world.posts]
    world.comment_ids = [take() for _ in world.comments]
    world.still_ids = [take() for _ in world.stories]
    world.story_ids = [take() for _ in world.stories]
    world.highlight_ids = [take() for _ in range(PEOPLE)]
    world.hashtag, world.hashtag_id, world.place_id = f"t{secrets.token_hex(8)}", take(), take()


async def _write_users(tx: Connection, world: World) -> None:
    people = world.people_ids
    follows = [pair for pair, tie in world.ties.items() if tie & Kind.FOLLOW and world.active(*pair)]
    await tx.executemany(
        """
        INSERT INTO users (id, username, email, display_name, password_hash, birth_date, created_at, is_private,
                           status, avatar, follower_count, following_count, post_count)
        VALUES ($1, $2::varchar, $2::varchar, $2::varchar, '', $3, now(), $4, $5, $6::jsonb, $7, $8, $9)
        """,
        [
            (
                id,
                name_of(id),
                date(1990, 1, 1),
                world.private[n],
                world.status[n],
                avatar(id),
                sum(followee == n for _, followee in follows),
                sum(follower == n for follower, _ in follows),
                sum(post.author == n and post.status == "PUBLISHED" for post in world.posts),
            )
            for n, id in enumerate(people)
        ],
    )
    await tx.executemany(
        """
        INSERT INTO sessions (id, user_id, nonce, rotated_at, expires_at, generation)
        VALUES ($1, $2, '', now(), now() + interval '1 day', 0)
        """,
        list(zip(world.session_ids, people, strict=True)),
    )
    await tx.executemany(
        "INSERT INTO relations (id, from_id, to_id, kind, is_counted) VALUES (next_id(0), $1, $2, $3, $4)",
        [
            (people[one], people[other], kind, world.active(one, other))
            for (one, other), tie in world.ties.items()
            for kind in Kind
            if tie & kind
        ],
    )


async def _write_posts(tx: Connection, world: World, now: datetime) -> None:
    people = world.people_ids
    tagged = [n for n, post in enumerate(world.posts) if post.hashtag and post.status == "PUBLISHED"]
    listed = sum(world.is_listed(world.posts[n].author) for n in tagged)
    await tx.execute("INSERT INTO hashtags VALUES ($1, $2, $3)", world.hashtag_id, world.hashtag, listed)
    await tx.execute(
        "INSERT INTO locations (id, digest, name) VALUES ($1, $2::varchar, 'place ' || $2)",
        world.place_id,
        world.hashtag,
    )
    await tx.executemany(
        """
        INSERT INTO posts (id, author_id, status, caption, hashtags, location_id, created_at, published_at,
                           like_count, comment_count)
        VALUES ($1, $2, $3::varchar, 'words', $4, $5, $6::timestamptz,
                CASE WHEN $3::varchar = 'PUBLISHED' THEN $6::timestamptz END, $7, $8)
        """,
        [
            (
                world.post_ids[n],
                people[post.author],
                post.status,
                [world.hashtag] if post.hashtag else [],
                world.place_id if post.place else None,
                now + timedelta(milliseconds=n),
                sum(liked == n and world.active(who) for who, liked in world.likes),
                sum(comment.post == n and world.counted(c) for c, comment in enumerate(world.comments)),
            )
            for n, post in enumerate(world.posts)
        ],
    )
    await tx.executemany(
        """
        INSERT INTO uploads (id, owner_id, kind, content_type, byte_size, token, status, media, progress, attempt,
                             created_at, expires_at)
        VALUES ($1, $2, 'PHOTO', 'image/jpeg', 1, $3, 'READY', $4::jsonb, 1, 0, now(), now())
        """,
        [
            (id, people[post.author], f"{id:032x}", video(id) if n % 2 else picture(id))
            for n, (id, post) in enumerate(zip(world.photo_ids, world.posts, strict=True))
        ],
    )
    await tx.executemany(
        "INSERT INTO attachments (id, upload_id, post_id, position) VALUES (next_id(0), $1, $2, 0)",
        list(zip(world.photo_ids, world.post_ids, strict=True)),
    )
    await tx.executemany(
        "INSERT INTO taggings (id, hashtag_id, post_id, author_id, published_at, is_listed)"
        " SELECT next_id(0), $1, id, author_id, published_at, $3 FROM posts WHERE id = $2",
        [(world.hashtag_id, world.post_ids[n], world.is_listed(world.posts[n].author)) for n in tagged],
    )


async def _write_comments(tx: Connection, world: World) -> None:
    people = world.people_ids
    await tx.executemany(
        "INSERT INTO comments (id, post_id, parent_id, author_id, text, created_at, like_count, reply_count,"
        " is_counted) VALUES ($1, $2, $3, $4, 'words', now(), $5, $6, $7)",
        [
            (
                world.comment_ids[n],
                world.post_ids[comment.post],
                None if comment.parent is None else world.comment_ids[comment.parent],
                people[comment.author],
                sum(liked == n and world.active(who) for who, liked in world.comment_likes),
                sum(reply.parent == n and world.counted(r) for r, reply in enumerate(world.comments)),
                world.counted(n),
            )
            for n, comment in enumerate(world.comments)
        ],
    )


async def _write_names(tx: Connection, world: World) -> None:
    """Who is tagged and mentioned where."""
    people = world.people_ids
    await tx.executemany(
        "INSERT INTO user_tags (id, upload_id, user_id, position, x, y) VALUES (next_id(0), $1, $2, $3, 0.5, 0.5)",
        [
            (world.photo_ids[n], people[tag], place)
            for n, post in enumerate(world.posts)
            for place, tag in enumerate(sorted(post.tags))
        ],
    )
    sources = list(zip(world.post_ids, world.posts, strict=True))
    sources += zip(world.comment_ids, world.comments, strict=True)  # type: ignore[arg-type]
    await tx.executemany(
        "INSERT INTO mentions (id, source_id, user_id, position) VALUES (next_id(0), $1, $2, $3)",
        [(id, people[named], place) for id, source in sources for place, named in enumerate(sorted(source.mentions))],
    )


async def _write_reactions(tx: Connection, world: World) -> None:
    people = world.people_ids
    await tx.executemany(
        "INSERT INTO likes (id, subject_id, user_id, is_counted) VALUES (next_id(0), $1, $2, $3)",
        [
            *((world.post_ids[n], people[who], world.active(who)) for who, n in sorted(world.likes)),
            *((world.comment_ids[n], people[who], world.active(who)) for who, n in sorted(world.comment_likes)),
        ],
    )
    await tx.executemany(
        "INSERT INTO saves (id, user_id, post_id) VALUES (next_id(0), $1, $2)",
        [(people[who], world.post_ids[post]) for who, post in sorted(world.saves)],
    )
