import strawberry

from resolvers import posts, uploads, users
from schema.fields import argument, mutates
from schema.inputs import CreatePostInput, CreateUploadsInput, SignInInput, SignUpInput
from schema.payloads import (
    CreateUploadsPayload,
    DeletePostPayload,
    PostPayload,
    RelationshipPayload,
    SignInPayload,
    SignOutPayload,
)
from schema.permissions import anyone, signed_in

_USER = argument(strawberry.ID, "A person's id.")
_REFRESH_TOKEN = argument(str, "As the last sign-in, sign-up or refresh gave it.")


@strawberry.type(description="What can be done.")
class Mutation:
    sign_up: SignInPayload | None = mutates(
        users.sign_up,
        SignInPayload,
        "Make an account and sign in to it.",
        anyone,
        input=argument(SignUpInput, "The account."),
    )
    sign_in: SignInPayload | None = mutates(
        users.sign_in, SignInPayload, "Begin a session.", anyone, input=argument(SignInInput, "Credentials.")
    )
    refresh_session: SignInPayload | None = mutates(
        users.refresh_session,
        SignInPayload,
        "Spends the refresh token. A retry within 30 s is answered again, any other second use ends every session of "
        "its family.",
        anyone,
        refresh_token=_REFRESH_TOKEN,
    )
    sign_out: SignOutPayload | None = mutates(
        users.sign_out, SignOutPayload, "End the session of this token.", anyone, refresh_token=_REFRESH_TOKEN
    )
    follow: RelationshipPayload | None = mutates(
        users.follow, RelationshipPayload, "Follow somebody.", signed_in, user_id=_USER
    )
    unfollow: RelationshipPayload | None = mutates(
        users.unfollow, RelationshipPayload, "Stop following somebody.", signed_in, user_id=_USER
    )
    create_uploads: CreateUploadsPayload | None = mutates(
        uploads.create,
        CreateUploadsPayload,
        "Places to send files to.",
        signed_in,
        input=argument(CreateUploadsInput, "The files."),
    )
    create_post: PostPayload | None = mutates(
        posts.create,
        PostPayload,
        "May be sent before the bytes: the post publishes itself when its media is READY.",
        signed_in,
        input=argument(CreatePostInput, "The post."),
    )
    delete_post: DeletePostPayload | None = mutates(
        posts.delete,
        DeletePostPayload,
        "Delete a post of the viewer's, with its media.",
        signed_in,
        post_id=argument(strawberry.ID, "Its id."),
    )
