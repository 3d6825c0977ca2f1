"""Who exists for a viewer of a world, whom they hear, and what of stories is theirs to see. As obvious as `oracle`."""

from typing import Any

from domain.accounts.rows import User
from domain.graph.rows import Kind
from domain.media.rows import Photo
from domain.stories.rows import Highlight, Reel, Story
from kit import ids
from tests.privacy.world import PEOPLE, World


class Sight:
    """The world as one person (None: signed out) may know it."""

    def __init__(self, world: World, viewer: int | None) -> None:
        self.world = world
        self.viewer = viewer

    def exists(self, person: int) -> bool:
        """A deactivated or deleted account exists for nobody, and nobody for it; nor does who blocks the viewer."""
        if self.world.status[person] != "ACTIVE":
            return False
        if self.viewer is None:
            return True
        if self.world.status[self.viewer] != "ACTIVE":
            return False
        return not self.world.tie(person, self.viewer, Kind.BLOCK)

    def hears(self, person: int) -> bool:
        """Words do not cross a block."""
        if not self.exists(person):
            return False
        return self.viewer is None or not self.world.tie(self.viewer, person, Kind.BLOCK)

    def follows(self, person: int) -> bool:
        """Accepted, not asked for."""
        return self.viewer is not None and self.world.tie(self.viewer, person, Kind.FOLLOW)

    def content(self, person: int) -> bool:
        """What somebody shows is for everybody, or for those who follow them."""
        if not self.hears(person):
            return False
        return person == self.viewer or not self.world.private[person] or self.follows(person)

    def across(self, person: int) -> bool:
        """Whether a block stands between them and the viewer."""
        viewer, tie = self.viewer, self.world.tie
        return viewer is not None and (tie(viewer, person, Kind.BLOCK) or tie(person, viewer, Kind.BLOCK))

    def known(self, those: Any) -> list[int]:
        """Those whose likes and follows the viewer may know of."""
        return [n for n in those if self.world.active(n) and not self.across(n)]

    def person_id(self, n: int) -> str:
        return ids.encode(User.TAG, self.world.people_ids[n])

    def people(self, those: Any) -> list[dict[str, str]]:
        """Ids of those who exist for the viewer."""
        return [{"id": self.person_id(n)} for n in those if self.exists(n)]

    def listed(self, nodes: list[Any]) -> dict[str, Any]:
        return {"nodes": nodes}

    def blocks_viewer(self, n: int) -> bool:
        return self.viewer is not None and self.world.tie(n, self.viewer, Kind.BLOCK)

    def unordered(self, those: list[int]) -> list[dict[str, str]]:
        return sorted(self.people(those), key=str)


class Days(Sight):
    """Stories, reels and highlights."""

    def story(self, n: int) -> bool:
        """For a day, for whom its author chose; kept, for longer. Its author's it always is."""
        story = self.world.stories[n]
        if not self.content(story.author):
            return False
        if story.author == self.viewer:
            return True
        if story.status != "PUBLISHED" or (story.over and not story.kept):
            return False
        if story.close:
            return self.viewer is not None and self.world.tie(story.author, self.viewer, Kind.CLOSE_FRIEND)
        return self.follows(story.author)

    def story_id(self, n: int) -> str:
        return ids.encode(Story.TAG, self.world.story_ids[n])

    def still_id(self, n: int) -> str:
        """Of the photo of a story."""
        return ids.encode(Photo.TAG, self.world.still_ids[n])

    def reel_id(self, n: int) -> str:
        return ids.encode(Reel.TAG, self.world.people_ids[n])

    def highlight_id(self, n: int) -> str:
        return ids.encode(Highlight.TAG, self.world.highlight_ids[n])

    def reel(self, person: int) -> list[int]:
        """Their live stories that the viewer may see."""
        return [
            n
            for n, story in enumerate(self.world.stories)
            if story.author == person and story.status == "PUBLISHED" and not story.over and self.story(n)
        ]

    def kept(self, person: int) -> list[int]:
        """Stories in their highlight that the viewer may see."""
        return [n for n, each in enumerate(self.world.stories) if each.author == person and each.kept and self.story(n)]

    def unseen(self, n: int) -> bool:
        return self.world.stories[n].author != self.viewer and (self.viewer, n) not in self.world.views

    def shows_story(self, n: int) -> dict[str, Any] | None:
        if not self.story(n):
            return None
        story = self.world.stories[n]
        own = story.author == self.viewer
        seen_by = [who for who, seen in sorted(self.world.views) if seen == n]
        apart = self.known(seen_by) if own else []
        return {
            "__typename": "Story",
            "id": self.story_id(n),
            "owner": {"id": self.person_id(story.author)},
            "status": story.status,
            "item": {"id": self.still_id(n)} if story.status == "PUBLISHED" else None,
            "viewerHasSeen": not self.unseen(n),
            "viewCount": len(apart) if own else None,
            "viewers": self.listed(self.unordered(apart)) if own else None,
        }

    def shows_still(self, n: int) -> dict[str, Any] | None:
        story = self.world.stories[n]
        if not self.story(n) or (story.status != "PUBLISHED" and story.author != self.viewer):
            return None
        url = {"url": f"{self.world.still_ids[n]:x}.jpg"}
        return {"__typename": "Photo", "id": self.still_id(n), "userTags": [], "variants": [url], "image": url}

    def shows_reel(self, n: int) -> dict[str, Any] | None:
        if not self.reel(n):
            return None
        return {
            "__typename": "StoryReel",
            "id": self.reel_id(n),
            "owner": {"id": self.person_id(n)},
            "reel": [{"id": self.story_id(story)} for story in self.reel(n)],
            "hasUnseen": any(map(self.unseen, self.reel(n))),
        }

    def shows_highlight(self, n: int) -> dict[str, Any] | None:
        if not self.kept(n):
            return None
        return {
            "__typename": "Highlight",
            "id": self.highlight_id(n),
            "owner": {"id": self.person_id(n)},
            "title": "kept",
            "cover": {"id": self.still_id(self.kept(n)[0])},
            "kept": self.listed([{"id": self.story_id(story)} for story in self.kept(n)]),
        }

    def tray(self) -> list[dict[str, str]]:
        """The viewer's first, then who has something new, then the newest."""
        viewer, tie = self.viewer, self.world.tie
        assert viewer is not None
        shown = [
            n
            for n in range(PEOPLE)
            if self.reel(n) and (n == viewer or (self.follows(n) and not tie(viewer, n, Kind.MUTE)))
        ]
        shown.sort(key=lambda n: (n != viewer, not any(map(self.unseen, self.reel(n))), -self.reel(n)[-1]))
        return [{"id": self.reel_id(n)} for n in shown]
