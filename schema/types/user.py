from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from domain.accounts import rows
from resolvers import users
from schema.connection import Connection
from schema.fields import attribute, batched, paged
from schema.types.node import Node, node

if TYPE_CHECKING:
    from schema.types.post import Post


@strawberry.enum(description="How one person stands to another.")
class FollowState(Enum):
    NONE = strawberry.enum_value("NONE", description="Does not follow.")
    FOLLOWING = strawberry.enum_value("FOLLOWING", description="Follows.")


@node(rows.User, "A person.")
class User(Node):
    username: str = attribute("1 to 30 of a-z, 0-9, '.', '_'; unique without regard to case.")
    display_name: str = attribute("The name they show; at most 60 characters.")
    created_at: datetime = attribute("When they signed up.")
    viewer_follow: FollowState = batched(users.viewer_follow, "Whether the viewer follows them.")
    follow_of_viewer: FollowState = batched(users.follow_of_viewer, "Whether they follow the viewer.")
    posts: Connection[Annotated["Post", strawberry.lazy("schema.types.post")]] | None = batched(
        users.posts_of, "Their published posts, newest first.", **paged()
    )
    followers: Connection[Annotated["User", strawberry.lazy("schema.types.user")]] | None = batched(
        users.followers, "Who follows them, newest first.", **paged()
    )
    following: Connection[Annotated["User", strawberry.lazy("schema.types.user")]] | None = batched(
        users.following, "Whom they follow, newest first.", **paged()
    )


@strawberry.type(description="The signed-in person: what only they may see.")
class Viewer:
    user: User = batched(users.user_of_viewer, "Themselves, as others see them.")
    email: str | None = batched(users.email_of_viewer, "Their address.")
