"""Relationships between the viewer and other users: follows, blocks, mutes, close friends."""

from datetime import datetime

import strawberry

from domain.limits import Budget
from resolvers import relationships
from schema.connection import PageInfo, cursor_field, edges_field, nodes_field, page_info_field
from schema.fields import argument, attribute, derived, mutates
from schema.payload import Payload
from schema.permissions import signed_in
from schema.users import User


@strawberry.type(description="A user who has asked to follow the viewer, with a cursor.")
class FollowRequestEdge:
    node: User = attribute("The user who sent the follow request.")
    requested_at: datetime = derived(relationships.made_at, "Time at which the follow request was sent.")
    cursor: str = cursor_field()


@strawberry.type(description="A page of pending follow requests, newest first.")
class FollowRequestConnection:
    edges: list[FollowRequestEdge] = edges_field()
    nodes: list[User] = nodes_field()
    page_info: PageInfo = page_info_field()


@strawberry.type(description="Result of a mutation that changes the relationship between the viewer and another user.")
class RelationshipPayload(Payload):
    user: User | None = attribute(
        "The other user, including the changed values. Null when the viewer may not see that user.", default=None
    )


_USER = argument(strawberry.ID, "ID of the other user.")


@strawberry.type
class Mutation:
    follow: RelationshipPayload | None = mutates(
        relationships.follow,
        RelationshipPayload,
        "Follows a user. If the account is private, sends a follow request instead.",
        signed_in,
        budget=Budget(200, per=3600),
        user_id=_USER,
    )
    unfollow: RelationshipPayload | None = mutates(
        relationships.unfollow,
        RelationshipPayload,
        "Stops following a user, or withdraws the follow request.",
        signed_in,
        user_id=_USER,
    )
    accept_follow_request: RelationshipPayload | None = mutates(
        relationships.accept,
        RelationshipPayload,
        "Accepts a user's request to follow the viewer.",
        signed_in,
        user_id=_USER,
    )
    decline_follow_request: RelationshipPayload | None = mutates(
        relationships.decline,
        RelationshipPayload,
        "Declines a user's request to follow the viewer. The user is not notified.",
        signed_in,
        user_id=_USER,
    )
    remove_follower: RelationshipPayload | None = mutates(
        relationships.remove_follower,
        RelationshipPayload,
        "Removes a user from the viewer's followers. The user is not notified.",
        signed_in,
        user_id=_USER,
    )
    block: RelationshipPayload | None = mutates(
        relationships.block,
        RelationshipPayload,
        "Blocks a user. The user no longer sees the viewer, and the viewer no longer sees the user's "
        "content. Follows, follow requests, story notifications and close-friends entries in both "
        "directions are removed.",
        signed_in,
        user_id=_USER,
    )
    unblock: RelationshipPayload | None = mutates(
        relationships.unblock,
        RelationshipPayload,
        "Unblocks a user. Follows and other relationships that the block removed are not restored.",
        signed_in,
        user_id=_USER,
    )
    mute: RelationshipPayload | None = mutates(
        relationships.mute,
        RelationshipPayload,
        "Mutes a user: leaves their posts, stories and actions out of the viewer's feed, story tray and "
        "notifications. The user is not notified.",
        signed_in,
        user_id=_USER,
    )
    unmute: RelationshipPayload | None = mutates(
        relationships.unmute,
        RelationshipPayload,
        "Unmutes a user.",
        signed_in,
        user_id=_USER,
    )
    set_close_friend: RelationshipPayload | None = mutates(
        relationships.set_close_friend,
        RelationshipPayload,
        "Adds a user to the viewer's close-friends list, or removes them from it. The user is not notified.",
        signed_in,
        user_id=_USER,
        is_close_friend=argument(bool, "Whether the user is on the list."),
    )
    set_story_notifications: RelationshipPayload | None = mutates(
        relationships.set_story_notifications,
        RelationshipPayload,
        "Turns notifications about new stories of a user on or off. Turning them on requires that the "
        "viewer follows the user; unfollowing turns them off.",
        signed_in,
        user_id=_USER,
        enabled=argument(bool, "Whether the viewer is notified."),
    )
