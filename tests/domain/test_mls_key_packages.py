"""Key packages by RFC 9420 section 10, written out byte for byte: the server holds to each rule of section 10.1."""

import hashlib
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kit.mls import KeyPackage, Malformed, read_key_package
from tests.support.mls_frames import opaque

NOW = datetime(2026, 11, 21, tzinfo=UTC)
HOUR, DAY = 3600, 86_400
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()


def numbers(*values: int) -> bytes:
    return b"".join(value.to_bytes(2, "big") for value in values)


def sign(label: bytes, content: bytes) -> bytes:
    """SignWithLabel (section 5.1.2)."""
    return opaque(KEY.sign(opaque(b"MLS 1.0 " + label) + opaque(content)))


def package(
    *,
    suite: int = 1,
    init_key: bytes = b"i" * 32,
    encryption_key: bytes = b"e" * 32,
    credential: bytes = numbers(1) + opaque(b"somebody"),
    versions: tuple[int, ...] = (1,),
    suites: tuple[int, ...] = (1,),
    capable_of: tuple[int, ...] = (10,),
    credentials: tuple[int, ...] = (1,),
    source: bytes = b"\1",
    begun: int = HOUR,
    left: int = 90 * DAY,
    lifetime: bool = True,
    extensions: tuple[int, ...] = (),
) -> bytes:
    """An MLSMessage with a KeyPackage, rightly signed whatever it holds."""
    now = int(NOW.timestamp())
    times = (now - begun).to_bytes(8, "big") + (now + left).to_bytes(8, "big") if lifetime else opaque(b"parent")
    kinds = (versions, suites, capable_of, (), credentials)
    capabilities = b"".join(opaque(numbers(*values)) for values in kinds)
    leaf = opaque(encryption_key) + opaque(PUBLIC) + credential + capabilities + source + times + opaque(b"")
    leaf += sign(b"LeafNodeTBS", leaf)
    carried = b"".join(numbers(each) + opaque(b"") for each in extensions)
    content = numbers(1, suite) + opaque(init_key) + leaf + opaque(carried)
    return numbers(1, 5) + content + sign(b"KeyPackageTBS", content)


def test_a_right_one() -> None:
    data = package()
    ref = hashlib.sha256(opaque(b"MLS 1.0 KeyPackage Reference") + opaque(data[4:])).digest()
    not_after = datetime.fromtimestamp(int(NOW.timestamp()) + 90 * DAY, UTC)
    assert read_key_package(data, NOW) == KeyPackage(ref, b"somebody", PUBLIC, not_after, False)
    assert read_key_package(package(extensions=(10,)), NOW).is_last_resort


@pytest.mark.parametrize(
    "wrong",
    [
        {"suite": 2},
        {"suite": 3},
        {"suite": 99},
        {"init_key": b"e" * 32},
        {"init_key": b"i" * 31},
        {"encryption_key": b"e" * 33},
        {"credential": numbers(2) + opaque(opaque(b"certificate"))},
        {"credential": numbers(9) + opaque(b"somebody")},
        {"versions": (2,)},
        {"suites": (2, 3)},
        {"credentials": (2,)},
        {"source": b"\2", "lifetime": False},
        {"source": b"\3", "lifetime": False},
        {"begun": -HOUR},
        {"left": -1},
        {"left": 366 * DAY},
        {"left": 2**63},
        {"extensions": (11,)},
        {"extensions": (10, 10)},
    ],
    ids=str,
)
def test_a_wrong_one(wrong: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        read_key_package(package(**wrong), NOW)
