"""Tables as Tortoise models: columns, indexes and constraints, from which the migrations are written.

Queries are SQL in `domain/` (docs/decisions/0003). Every `id` comes from the database's own `next_id(shard)`;
foreign keys join only rows that live in one shard.
"""

from models.accounts import FormerUsername, Session, User
from models.feed import Impression, RankingModel
from models.graph import PushedAnyway, Relation
from models.media import Attachment, BannedPicture, Erasure, StorageUsage, Upload
from models.messages import Conversation, Inbox, LoggedEvent, Member, Message
from models.mls import MlsDelivery, MlsDevice, MlsGroup, MlsKeyPackage, MlsMember, MlsMessage
from models.notifications import Act, Notification, NotificationMark, NotificationSequence
from models.posts import BannedHashtag, Comment, Hashtag, Like, Location, Mention, Post, Save, Tagging, UserTag
from models.push import Device, Push
from models.search import Search
from models.stories import Highlight, HighlightStory, Story, StoryView
from models.system import IdempotencyKey, Job, OutboxEvent, ParkedWork, RelayState, Tally

__all__ = [
    "Act",
    "Attachment",
    "BannedHashtag",
    "BannedPicture",
    "Comment",
    "Conversation",
    "Device",
    "Erasure",
    "FormerUsername",
    "Hashtag",
    "Highlight",
    "HighlightStory",
    "IdempotencyKey",
    "Impression",
    "Inbox",
    "Job",
    "Like",
    "Location",
    "LoggedEvent",
    "Member",
    "Mention",
    "Message",
    "MlsDelivery",
    "MlsDevice",
    "MlsGroup",
    "MlsKeyPackage",
    "MlsMember",
    "MlsMessage",
    "Notification",
    "NotificationMark",
    "NotificationSequence",
    "OutboxEvent",
    "ParkedWork",
    "Post",
    "Push",
    "PushedAnyway",
    "RankingModel",
    "Relation",
    "RelayState",
    "Save",
    "Search",
    "Session",
    "StorageUsage",
    "Story",
    "StoryView",
    "Tagging",
    "Tally",
    "Upload",
    "User",
    "UserTag",
]
