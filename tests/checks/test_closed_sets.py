"""The literal types and enums of the code have the values that the schema has, and every kind has its handler."""

from typing import Any, get_args

import pytest

from domain import statuses
from domain.jobs import JobKind
from domain.notifications.rows import Kind as NotificationKind
from domain.push.rows import PushKind
from kit.errors import ErrorCode
from schema.api import build
from workers.jobs import KINDS
from workers.push import RENDERERS


@pytest.fixture(scope="module")
def enums() -> dict[str, Any]:
    return build()._schema.type_map


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("UserErrorCode", get_args(ErrorCode)),
        ("UploadStatus", get_args(statuses.UploadStatus)),
        ("PublicationStatus", get_args(statuses.PublicationStatus)),
        ("StoryAudience", get_args(statuses.StoryAudience)),
        ("MediaKind", get_args(statuses.MediaKind)),
        ("FollowState", get_args(statuses.FollowState)),
        ("NotificationKind", [kind.value for kind in NotificationKind]),
    ],
)
def test_schema_has_the_same_values(enums: dict[str, Any], name: str, values: Any) -> None:
    assert set(enums[name].values) == set(values)


def test_every_kind_has_a_handler() -> None:
    assert set(KINDS) == set(JobKind)
    assert set(RENDERERS) == set(PushKind)
