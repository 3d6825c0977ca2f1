"""The store of automatic persisted queries: bounded, and fair to those who share it."""

from kit.execution.persisted import PersistedQueries


def stored(store: PersistedQueries, keys: list[str]) -> list[str]:
    return [key for key in keys if key in store]


def test_registered_text_is_found_by_everybody() -> None:
    store = PersistedQueries()
    store.add("key", "{ a }", "home")
    assert [store.get("key", who) for who in ("home", "office", "home")] == ["{ a }"] * 3
    assert store.get("other", "home") is None


def test_owner_loses_its_own_oldest_texts() -> None:
    store = PersistedQueries(size=100_000, own_size=10_000)
    store.add("victim", "{ a }", "home")
    flood = [f"flood {n}" for n in range(1000)]
    for key in flood:
        store.add(key, "{ b }", "stranger")
    assert "victim" in store
    left = stored(store, flood)
    assert 0 < len(left) < 20
    assert left == flood[-len(left) :]


def test_many_strangers_do_not_push_out_what_two_networks_use() -> None:
    store = PersistedQueries(size=20_000, own_size=10_000)
    store.add("used", "{ a }", "home")
    assert store.get("used", "office")
    for n in range(1000):
        store.add(f"flood {n}", "{ b }", f"stranger {n}")
    assert "used" in store
    assert len(stored(store, [f"flood {n}" for n in range(1000)])) < 40


def test_shared_texts_are_bounded_and_the_last_used_stay() -> None:
    store = PersistedQueries(size=10_000)
    keys = [f"key {n}" for n in range(100)]
    for key in keys:
        store.add(key, "{ a }", "home")
        store.get(key, "office")
        assert store.get(keys[0], "elsewhere")
    left = stored(store, keys)
    assert keys[0] in left
    assert left[1:] == keys[-len(left) + 1 :]
    assert len(left) < 20
