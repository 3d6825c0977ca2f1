"""The parts of a process that commands work with."""

from dataclasses import dataclass

from clients.postgres import Database
from clients.redis import Redis
from clients.s3 import Bucket
from clients.shards import Shards
from domain.accounts.passwords import Passwords
from domain.accounts.sessions import Sessions
from domain.accounts.sign_in_guard import SignInGuard
from domain.accounts.tokens import Tokens
from domain.limits import Limits
from domain.media.quota import Quota
from domain.messages.reads import Messages
from domain.messages.sealing import Keys
from domain.posts.reads import Posts
from domain.push.rows import Offer
from domain.streams import Streams
from kit.background import Background
from kit.clock import Clock


@dataclass(frozen=True)
class Parts:
    """Connections, caches and settings, shared by all operations of a process."""

    db: Database
    redis: Redis
    live: Shards
    streams: Streams
    bucket: Bucket
    passwords: Passwords
    sessions: Sessions
    tokens: Tokens
    limits: Limits
    sign_ins: SignInGuard
    posts: Posts
    messages: Messages
    keys: Keys
    push: Offer
    background: Background
    clock: Clock
    quota: Quota
    reserved_emails: frozenset[str]
