"""Closed sets of strings that rows store and the code compares.

They are literal types and not enums: rows come from PostgreSQL and from caches as plain strings, without a conversion
for each row, and mypy still refuses a value that is not in the set. The enums of the schema have the same values, which
a test compares.
"""

from typing import Literal

AccountStatus = Literal["ACTIVE", "DEACTIVATED", "DELETED"]

UploadStatus = Literal["AWAITING_BYTES", "PROCESSING", "IN_REVIEW", "READY", "REJECTED", "EXPIRED"]

PublicationStatus = Literal["PROCESSING", "IN_REVIEW", "PUBLISHED", "REJECTED"]
"""Of posts and stories."""

StoryAudience = Literal["FOLLOWERS", "CLOSE_FRIENDS"]

MediaKind = Literal["PHOTO", "VIDEO"]
"""What the owner of an upload says that it is."""

FollowState = Literal["NONE", "REQUESTED", "FOLLOWING"]
