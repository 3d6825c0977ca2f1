"""What people must see by the API after a storm, compared with what they were told."""

import asyncio
from collections import Counter
from typing import Any

from tests.chaos.listeners import Listener
from tests.chaos.people import SEARCH, Conversation, Person
from tests.chaos.storm import Storm
from tests.support.client import FEED, until

PAGE = 100
TRAY = """query ($after: String) { storyTray(first: 50, after: $after) { nodes { user { id } stories { id } }
  pageInfo { hasNextPage endCursor } } }"""
PROFILE = "query ($name: String!) { user(username: $name) { bio followerCount followingCount postCount } }"
HISTORY = """query ($id: ID!, $after: String) { node(id: $id) { ... on Conversation { unreadCount isRequest
  members { user { id } lastReadMessageId }
  messages(first: 100, after: $after) { nodes { id text sender { id } } pageInfo { hasNextPage endCursor } } } } }"""
UNREAD = "{ viewer { unreadConversationCount unreadNotificationCount } }"
NOTIFICATIONS = """query ($after: String) { notifications(first: 100, after: $after) { nodes { id isRead }
  pageInfo { hasNextPage endCursor } } }"""
HEARD_WITHIN_S = 45.0
SEARCHED = 5
"""So many of the last posts of each person are searched for."""


async def compare(storm: Storm) -> list[str]:
    """What is wrong, a line for each."""
    found: list[str] = []
    for person in storm.people:
        found += [*await _feed(storm, person), *await _tray(storm, person), *await _profile(storm, person)]
        found += [*await _notifications(person), *await _search(storm, person)]
        found += await _inbox(storm, person)
    return found


async def _ask(person: Person, document: str, /, **variables: Any) -> dict[str, Any]:
    data = await person.client.read("oracle", document, **variables)
    assert data is not None, f"{document} was not answered after the storm"
    return data


async def _pages(person: Person, document: str, name: str, /, **variables: Any) -> list[dict[str, Any]]:
    """All items of a connection."""
    found: list[dict[str, Any]] = []
    after = None
    while True:
        page = (await _ask(person, document, after=after, **variables))[name]
        found += page["nodes"] if "nodes" in page else [edge["node"] for edge in page["edges"]]
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]


async def _feed(storm: Storm, person: Person) -> list[str]:
    """Every post of those whom somebody follows once, and no other."""
    nodes = await _pages(person, FEED, "feed", first=PAGE, order="CHRONOLOGICAL")
    ids, captions = Counter(node["id"] for node in nodes), Counter(node["caption"] for node in nodes)
    who, ledger = person.client.username, storm.ledger
    found = [f"the feed of {who} has {text!r} {count} times" for text, count in captions.items() if count > 1]
    for post in ledger.posts:
        follows = True if post.author == person.number else ledger.follows_now(person.number, post.author)
        if follows and post.is_there and not ids[post.id]:
            found.append(f"the feed of {who} lacks {post.text!r} ({post.id})")
        if (follows is False or post.is_there is False) and captions[post.text]:
            found.append(f"the feed of {who} has {post.text!r} ({post.id}): follows {follows}, there {post.is_there}")
    return found


async def _tray(storm: Storm, person: Person) -> list[str]:
    reels = await _pages(person, TRAY, "storyTray")
    shown = Counter(story["id"] for reel in reels for story in reel["stories"])
    who, ledger = person.client.username, storm.ledger
    found = [f"the story tray of {who} has {id} {count} times" for id, count in shown.items() if count > 1]
    for story in ledger.stories:
        follows = True if story.author == person.number else ledger.follows_now(person.number, story.author)
        if follows and story.is_there and not shown[story.id]:
            found.append(f"the story tray of {who} lacks {story.text!r} ({story.id})")
        if follows is False and shown[story.id]:
            found.append(f"the story tray of {who} has {story.text!r} of somebody whom they do not follow")
    return found


async def _profile(storm: Storm, person: Person) -> list[str]:
    """The bio that was acknowledged last, and counts as the followers and posts that are known."""
    ledger, number = storm.ledger, person.number
    user = (await _ask(storm.people[0], PROFILE, name=person.client.username))["user"]
    bio = ledger.bios.get(number)
    found = []
    if bio is not None and bio.value is not None and user["bio"] != bio.value:
        found.append(f"the bio of {person.client.username} is {user['bio']!r}, acknowledged {bio.value!r}")
    others = [other.number for other in storm.people if other is not person]
    for name, known in (
        ("followerCount", [ledger.follows_now(other, number) for other in others]),
        ("followingCount", [ledger.follows_now(number, other) for other in others]),
        ("postCount", [post.is_there for post in ledger.posts if post.author == number]),
    ):
        low, high = known.count(True), known.count(True) + known.count(None)
        if not low <= user[name] <= high:
            found.append(f"{name} of {person.client.username} is {user[name]}, not within {low} to {high}")
    return found


async def _notifications(person: Person) -> list[str]:
    badge = (await _ask(person, UNREAD))["viewer"]["unreadNotificationCount"]
    unread = sum(not node["isRead"] for node in await _pages(person, NOTIFICATIONS, "notifications"))
    wrong = badge != min(unread, 1000)
    return [f"the badge of {person.client.username} is {badge}, of {unread} unread notifications"] if wrong else []


async def _search(storm: Storm, person: Person) -> list[str]:
    """Everybody is found by their username, and posts by their captions."""
    who, posts = person.client.username, [post for post in storm.ledger.posts if post.author == person.number]
    queries = [(who, person.id, True)] + [(post.text, post.id, post.is_there) for post in posts[-SEARCHED:]]
    found = []
    for query, id, is_there in queries:
        search = (await _ask(storm.people[0], SEARCH, q=query))["search"]
        ids = {node["id"] for kind in ("people", "posts") for node in search[kind]["nodes"]}
        if is_there is not None and (id in ids) != is_there:
            found.append(f"searching for {query!r} finds {id}: {id in ids}; there {is_there}")
    return found


async def _inbox(storm: Storm, person: Person) -> list[str]:
    """Each message once, in the order in which each sender had them acknowledged; what is unread is counted."""
    found, unread = [], 0
    for conversation in person.conversations:
        node, texts = await _history(person, conversation)
        is_checked_by = conversation.members[0]
        if person.number == is_checked_by:
            found += _of_conversation(storm, conversation, [text for text, _, _ in texts])
        ids = [id for _, id, _ in texts]
        [mark] = [each["lastReadMessageId"] for each in node["members"] if each["user"]["id"] == person.id]
        behind = texts[ids.index(mark) + 1 :] if mark in ids else texts
        count = sum(sender != person.id for _, _, sender in behind)
        unread += count > 0 and not node["isRequest"]
        if node["unreadCount"] != count:
            who = person.client.username
            found.append(f"unreadCount of {conversation.id} is {node['unreadCount']} for {who}, of {count}")
        read = storm.ledger.reads.get((person.number, conversation.id))
        if read is not None and read in [text for text, _, _ in behind]:
            found.append(f"{person.client.username} had read up to {read!r} in {conversation.id}: not so any more")
    shown = (await _ask(person, UNREAD))["viewer"]["unreadConversationCount"]
    if shown != unread:
        found.append(f"unreadConversationCount of {person.client.username} is {shown}, of {unread}")
    return found


async def _history(person: Person, conversation: Conversation) -> tuple[dict[str, Any], list[tuple[str, str, str]]]:
    """A conversation, and (text, id, sender) of its messages, the oldest first."""
    found: list[tuple[str, str, str]] = []
    after = None
    while True:
        node = (await _ask(person, HISTORY, id=conversation.id, after=after))["node"]
        page = node["messages"]
        found += [(each["text"], each["id"], each["sender"]["id"]) for each in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            return node, found[::-1]
        after = page["pageInfo"]["endCursor"]


def _of_conversation(storm: Storm, conversation: Conversation, texts: list[str]) -> list[str]:
    counts = Counter(texts)
    found = [f"message {text!r} is there {count} times" for text, count in counts.items() if count > 1]
    sent = [item for item in storm.ledger.messages if item.place == conversation.id]
    known = {item.text for item in sent}
    found += [
        f"message {item.text!r} was acknowledged and is not there" for item in sent if item.id and not counts[item.text]
    ]
    place = {text: number for number, text in enumerate(texts)}
    for member in conversation.members:
        ordered = [place[i.text] for i in sent if i.author == member and i.id and i.text in place]
        if ordered != sorted(ordered):
            found.append(f"messages of p{member} in {conversation.id} are not in the order of their acknowledgements")
    strange = [text for text in texts if text not in known and text.startswith("message")]
    return found + [f"message {text!r} is there though it was refused" for text in strange]


async def heard(storm: Storm) -> list[str]:
    """Each listener heard every message of their conversations once, in order, and of every notification."""
    waiting: dict[int, list[str]] = {}

    async def look() -> dict[int, list[str]]:
        waiting.clear()
        for listener in storm.listeners:
            if wrong := await _heard(listener):
                waiting[listener.person.number] = wrong
        await asyncio.sleep(0.5)
        return waiting

    try:
        await until(look, lambda found: not found, HEARD_WITHIN_S)
    except AssertionError:
        return [line for lines in waiting.values() for line in lines]
    return []


async def _heard(listener: Listener) -> list[str]:
    person = listener.person
    who, found = person.client.username, []
    events = [event for event in listener.messages.events.values() if event["__typename"] == "MessageSent"]
    for conversation in person.conversations:
        _, texts = await _history(person, conversation)
        there = [text for text, _, _ in texts]
        heard = [event["message"]["text"] for event in events if event["conversation"]["id"] == conversation.id]
        if there != heard:
            at = next((n for n, pair in enumerate(zip(there, heard, strict=False)) if pair[0] != pair[1]), None)
            shorter = min(len(there), len(heard)) if at is None else at
            found.append(
                f"{who} heard {len(heard)} of {len(there)} messages in {conversation.id}; the first that differs: "
                f"{there[shorter : shorter + 2]} were sent, {heard[shorter : shorter + 2]} heard"
            )
    ids = {event["notification"]["id"] for event in listener.notifications.events.values()}
    there = [node["id"] for node in await _pages(person, NOTIFICATIONS, "notifications")]
    # What was told before they began to listen is not heard, unless it was told again since.
    missed = [id for id in there if id not in ids and id not in listener.known]
    return found + ([f"{who} did not hear of notifications {missed}"] if missed else [])
