"""Hydration: everything that a page of posts needs in addition to their rows, in one query.

The rows of posts come from the cache. Authors are read together with their relationship to the viewer, which cannot be
cached; so a cache of users would save nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from clients.postgres import Queries
from domain.accounts import reads as accounts
from domain.accounts.rows import User
from domain.comments import reads as comments
from domain.comments.rows import Comment
from domain.graph import reads as graph
from domain.posts import reads as posts
from domain.posts.rows import Post, View
from domain.statuses import PublicationStatus


@dataclass(frozen=True)
class Facts:
    """Data of some posts. It has not passed `domain/privacy`.

    `statuses` has the posts that still exist: a cached row may be of a deleted post. `talk` has for each post its
    newest top-level comments, newest first, at most as many as requested.
    """

    statuses: dict[int, PublicationStatus]
    people: list[User]
    views: dict[int, View]
    talk: Mapping[int, Sequence[Comment]]


async def facts(
    db: Queries, viewer_id: int, posts: Sequence[Post], *, views: bool, mentions: bool, comments_each: int
) -> Facts:
    """Return the authors of `posts`; on request, mentions, the viewer's actions, and comments with their authors."""
    people = {post.author_id for post in posts}
    if mentions:
        people.update(id for post in posts for id in post.mention_ids)
    ids = [post.id for post in posts]
    record = await db.fetchrow(_statement(views=views), viewer_id, ids, list(people), comments_each)
    assert record is not None
    talk: dict[int, list[Comment]] = {id: [] for id in ids}
    for row in record[1]:
        said = comments.comment(row)
        talk[said.post_id].append(said)
    seen = {row[0]: View(*row[1:]) for row in record[2]}
    return Facts(
        statuses=dict(record[3]),
        people=[accounts.person(row) for row in record[0]],
        views=seen,
        talk=talk if comments_each else {},
    )


@cache
def _statement(*, views: bool) -> str:
    people = accounts.people("$1", "SELECT unnest($3::bigint[]) UNION SELECT author_id FROM said")
    return f"""
    WITH blocks AS MATERIALIZED (
        SELECT ARRAY({graph.blockers("$1")}) || ARRAY({graph.blocked("$1")}) AS who
    ), said AS MATERIALIZED (
        SELECT c.* FROM unnest($2::bigint[]) AS o(id) CROSS JOIN LATERAL (
            SELECT ARRAY({graph.blocked("(SELECT author_id FROM posts WHERE id = o.id)")}) AS authors OFFSET 0
        ) hidden CROSS JOIN LATERAL (
            SELECT * FROM comments WHERE post_id = o.id AND parent_id IS NULL
            -- Not for privacy, which asks again: so that there are enough without them.
            AND author_id <> ALL((SELECT who FROM blocks)::bigint[] || hidden.authors) ORDER BY id DESC LIMIT $4
        ) c
    )
    SELECT ARRAY(SELECT p FROM ({people}) p),
           ARRAY(SELECT c FROM (SELECT {comments.COLUMNS} FROM said c ORDER BY c.id DESC) c),
           {f"ARRAY(SELECT v FROM ({posts.VIEWS}) v)" if views else "ARRAY[]::record[]"},
           ARRAY(SELECT (id, status) FROM posts WHERE id = ANY($2))"""
