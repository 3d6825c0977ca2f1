"""Accounts: signing up and in, sessions, and what only the signed-in user sees."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from domain.limits import Budget
from resolvers import devices, live, messages, mls, notifications, relationships, users
from resolvers import searches as past_searches
from schema import bounds
from schema.connection import Connection
from schema.fields import (
    PRIVATE,
    argument,
    at_most,
    attribute,
    batched,
    mutates,
    page_size,
    paged,
    resolved,
    up_to_bytes,
)
from schema.mls import MlsDevice
from schema.payload import Payload
from schema.permissions import anyone, signed_in
from schema.relationships import FollowRequestConnection
from schema.scalars import Long
from schema.users import USERNAME_RULES, User

if TYPE_CHECKING:
    from schema.devices import Device
    from schema.posts import SavedPostConnection
    from schema.searches import PastSearch


@strawberry.type(description="Storage usage and quota of an account.")
class StorageUsage:
    used_bytes: Long = attribute(
        "Storage in use, including reserved storage, in bytes. An upload counts with the bytes of its original file "
        "from its creation until it is rejected, expires or is deleted; renditions do not count."
    )
    quota_bytes: Long = attribute("Storage quota in bytes. It grows with the age of the account.")


@strawberry.type(description="The signed-in user, with data that only they can see.")
class Viewer:
    user: User = batched(users.user_of_viewer, "The viewer's public profile.")
    email: str | None = batched(
        users.email_of_viewer,
        "Email address of the account. Null when the account is no longer active.",
        up_to_bytes(bounds.EMAIL_BYTES) | PRIVATE,
    )
    storage: StorageUsage = batched(users.storage_of_viewer, "Storage usage and quota of the account.", PRIVATE)
    follow_requests: FollowRequestConnection | None = batched(
        relationships.requests, "Pending requests to follow the viewer, newest first.", PRIVATE, **paged()
    )
    saved_posts: Annotated["SavedPostConnection", strawberry.lazy("schema.posts")] | None = batched(
        users.saved_posts,
        "Posts that the viewer has saved, most recently saved first. Posts that the viewer may no longer "
        "see are left out.",
        PRIVATE,
        **paged(),
    )
    unread_notification_count: int | None = batched(
        notifications.unread_counts, "Number of unread notifications. Counting stops at 1,000.", PRIVATE
    )
    unread_conversation_count: int | None = batched(
        messages.unread_counts,
        "Number of conversations with unread messages. Message requests are not counted.",
        PRIVATE,
    )
    conversation_events_cursor: str = batched(
        live.cursors,
        "Cursor of the newest event of `conversationEvents`. Read it together with `conversations`, then "
        "subscribe with it as `after`, to miss nothing in between.",
        up_to_bytes(bounds.CURSOR_BYTES) | PRIVATE,
    )
    notifications_cursor: str = batched(
        notifications.cursors,
        "Cursor of the newest event of `notificationReceived`. Read it together with `notifications`, then subscribe "
        "with it as `after`, to miss nothing in between.",
        up_to_bytes(bounds.CURSOR_BYTES) | PRIVATE,
    )
    searches: list[Annotated["PastSearch", strawberry.lazy("schema.searches")]] | None = batched(
        past_searches.searches_of_viewer,
        "The viewer's search history, most recent first: at most 50 entries, kept for 90 days. Empty while "
        "`savesSearches` is false.",
        at_most(bounds.PAST_SEARCHES) | PRIVATE,
        first=page_size(20, most=50),
    )
    saves_searches: bool = batched(
        past_searches.saves_searches, "Whether the viewer's searches are saved to their search history.", PRIVATE
    )
    blocked_users: Connection[User] | None = batched(
        relationships.blocked, "Users whom the viewer blocks, most recently blocked first.", PRIVATE, **paged()
    )
    mls_devices: list[MlsDevice] | None = batched(
        mls.devices_of_viewers,
        "The viewer's devices for end-to-end encrypted groups, oldest first; at most 8.",
        at_most(bounds.MLS_DEVICES) | PRIVATE,
    )
    devices: list[Annotated["Device", strawberry.lazy("schema.devices")]] = batched(
        devices.of_viewers,
        "Devices on which the viewer receives push notifications, most recently registered first; at most 10.",
        at_most(bounds.DEVICES) | PRIVATE,
    )


@strawberry.input(description="A new account.")
class SignUpInput:
    username: str = attribute(f"Username: {USERNAME_RULES} Letter case is ignored.")
    email: str = attribute("Email address, at most 254 characters.")
    password: str = attribute("Password, 8 to 256 characters.")
    display_name: str | None = attribute(
        "Name shown on the profile, at most 60 characters. If omitted or empty: the username.", default=None
    )
    birth_date: date = attribute("Date of birth of the user. The minimum age is 13 years.")


@strawberry.input(description="Credentials of an account.")
class SignInInput:
    login: str = attribute("Username or email address.")
    password: str = attribute("Password of the account.")


@strawberry.type(description="Result of signing up, signing in or refreshing a session: the tokens of the session.")
class SignInPayload(Payload):
    viewer: Viewer | None = attribute("The signed-in user. Null when the mutation failed.", default=None)
    access_token: str | None = attribute(
        "Access token. Send it as the header `Authorization: Bearer …`, or as `authorization` in the "
        "payload of `connection_init`.",
        default=None,
        max_bytes=bounds.TOKEN_BYTES,
    )
    access_token_expires_at: datetime | None = attribute(
        "Time at which the access token expires. Call `refreshSession` before.", default=None
    )
    refresh_token: str | None = attribute(
        "Refresh token, to pass to `refreshSession` once.", default=None, max_bytes=bounds.TOKEN_BYTES
    )


@strawberry.type(description="Result of ending a session.")
class SignOutPayload(Payload):
    pass


@strawberry.type(description="Result of a mutation that changes one of the viewer's settings or lists.")
class ViewerPayload(Payload):
    viewer: Viewer | None = attribute("The viewer, including the changed values.", default=None)


_PASSWORD = argument(str, "Password of the viewer, required because a stolen access token must not be enough.")
_REFRESH_TOKEN = argument(str, "The refresh token of the session.")


@strawberry.type
class Query:
    viewer: Viewer | None = resolved(users.viewer, "The signed-in user. Null when signed out.")


@strawberry.type
class Mutation:
    sign_up: SignInPayload | None = mutates(
        users.sign_up,
        SignInPayload,
        "Creates an account and signs in to it.",
        anyone,
        budget=Budget(20, per=3600),
        input=argument(SignUpInput, "The account to create."),
    )
    sign_in: SignInPayload | None = mutates(
        users.sign_in,
        SignInPayload,
        "Starts a session. Signing in reactivates a deactivated account.",
        anyone,
        budget=Budget(100, per=900),
        input=argument(SignInInput, "Credentials of the account."),
    )
    refresh_session: SignInPayload | None = mutates(
        users.refresh_session,
        SignInPayload,
        "Exchanges a refresh token for new tokens. A refresh token is valid once; repeating the request "
        "within 30 seconds returns the same refresh token. Any other repeated use ends the session.",
        anyone,
        budget=Budget(60, per=900),
        refresh_token=_REFRESH_TOKEN,
    )
    sign_out: SignOutPayload | None = mutates(
        users.sign_out,
        SignOutPayload,
        "Ends the session of the given refresh token. A token that is not valid is not an error.",
        anyone,
        refresh_token=_REFRESH_TOKEN,
    )
    deactivate_account: SignOutPayload | None = mutates(
        users.deactivate,
        SignOutPayload,
        "Hides the viewer's account and ends all of its sessions. Signing in reactivates the account.",
        signed_in,
        password=_PASSWORD,
    )
    delete_account: SignOutPayload | None = mutates(
        users.delete,
        SignOutPayload,
        "Deletes the viewer's account and ends all of its sessions. Its content is hidden at once and "
        "erased within a day.",
        signed_in,
        password=_PASSWORD,
    )
