import pytest

from kit.addresses import network_of


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::9]", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("::ffff:cb00:7107", "203.0.113.7"),
        ("unknown", "unknown"),
        ("", ""),
        ("203.0.113.7:80", "203.0.113.7:80"),
    ],
)
def test_address_counts_for_its_network(address: str, network: str) -> None:
    assert network_of(address) == network


def test_neighbouring_networks_are_apart() -> None:
    assert network_of("2001:db8:1:2::1") != network_of("2001:db8:1:3::1")
