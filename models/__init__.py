"""Tables as Tortoise models: columns, indexes and constraints, from which the migrations are written.

Queries are SQL in `domain/` (docs/decisions/0003). Every `id` comes from the database's own `next_id(shard)`;
foreign keys join only rows that live in one shard.
"""

from models.accounts import Session, User
from models.graph import Follow
from models.media import Attachment, Erasure, Upload
from models.posts import Post
from models.system import IdempotencyKey, OutboxEvent, RelayState

__all__ = [
    "Attachment",
    "Erasure",
    "Follow",
    "IdempotencyKey",
    "OutboxEvent",
    "Post",
    "RelayState",
    "Session",
    "Upload",
    "User",
]
