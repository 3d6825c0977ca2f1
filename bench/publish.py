"""Posts that are published as the worker of pictures does it."""

import secrets

import msgspec
import numpy as np

from bench.pictures import Pictures
from clients.postgres import Database
from domain.media import jobs
from domain.media.jobs import Job, Made
from domain.publication import publish_if_ready
from kit import ids


async def publish(db: Database, author_id: int) -> int:
    """A new post with a picture, whose event waits in the outbox; its id."""
    token, shard = secrets.token_hex(16), ids.shard_of(author_id)
    async with db.acquire() as tx, tx.transaction():
        upload_id = await tx.fetchval(
            """
            INSERT INTO uploads (id, owner_id, kind, content_type, byte_size, token, status, used, attempt,
                                 claimed_until, created_at, expires_at)
            VALUES (next_id($1), $2, 'PHOTO', 'image/jpeg', 2400000, $3, 'PROCESSING', true, 1,
                    now() + interval '1 minute', now(), now() + interval '1 hour') RETURNING id
            """,
            shard,
            author_id,
            token,
        )
        post_id: int = await tx.fetchval(
            """
            INSERT INTO posts (id, author_id, status, caption, created_at)
            VALUES (next_id($1), $2, 'PROCESSING', 'A new post.', date_trunc('milliseconds', now())) RETURNING id
            """,
            shard,
            author_id,
        )
        await tx.execute(
            "INSERT INTO attachments (id, upload_id, post_id, position) VALUES (next_id($1), $2, $3, 0)",
            shard,
            upload_id,
            post_id,
        )
    [media] = Pictures(np.random.default_rng(), 1).media(0, 1)
    job = Job(upload_id, author_id, token, False, "image/jpeg", 2_400_000, 1)
    assert await jobs.finish(db, job, Made(msgspec.json.decode(media)), publish_if_ready)
    return post_id
