"""Inputs of mutations."""

from datetime import date

import strawberry

from schema.fields import attribute
from schema.scalars import Long
from schema.types.upload import MediaKind

_KEY = "1 to 64 characters of the client's choice: sent again with the same input, nothing happens twice."


@strawberry.input(description="A new account.")
class SignUpInput:
    username: str = attribute("1 to 30 letters, digits, dots and underscores; case does not matter.")
    email: str = attribute("An address of theirs.")
    password: str = attribute("8 to 256 characters.")
    display_name: str | None = attribute("At most 60 characters; the username where left out.", default=None)
    birth_date: date = attribute("Nobody under 13 may sign up.")


@strawberry.input(description="Credentials.")
class SignInInput:
    login: str = attribute("Username or email.")
    password: str = attribute("The password.")


@strawberry.input(description="A file to be sent.")
class UploadFileInput:
    kind: MediaKind = attribute("What it holds.")
    content_type: str = attribute("image/jpeg, image/png, image/webp, image/heic.")
    byte_size: Long = attribute("Exact. A photo up to 8 MiB.")


@strawberry.input(description="Files to be sent.")
class CreateUploadsInput:
    files: list[UploadFileInput] = attribute("1 to 10.")
    idempotency_key: str | None = attribute(_KEY, default=None)


@strawberry.input(description="A photo of a post.")
class PostMediaInput:
    upload_id: strawberry.ID = attribute("An upload of the viewer's that nothing has used.")
    alt_text: str | None = attribute("Words for those who cannot see it; at most 1,000 characters.", default=None)


@strawberry.input(description="A new post.")
class CreatePostInput:
    media: list[PostMediaInput] = attribute("1 to 10, in the order in which they are shown.")
    caption: str | None = attribute("At most 2,200 characters.", default=None)
    idempotency_key: str | None = attribute(_KEY, default=None)
