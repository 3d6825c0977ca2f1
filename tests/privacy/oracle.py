"""What each viewer may see of a world, said slowly and obviously. Shares nothing with the code that it judges.

Gives the answers to the documents in `paths.py` as they must be: nothing more, nothing less.
"""

from typing import Any

from domain.comments.rows import Comment
from domain.graph.rows import Kind
from domain.hashtags.rows import Hashtag
from domain.media.rows import Photo, Upload, Video
from domain.messages.rows import Conversation, Member, Message
from domain.notifications.rows import Notification
from domain.posts.rows import Location, Post
from kit import ids
from tests.privacy.sight import Days
from tests.privacy.talks import Said
from tests.privacy.world import PEOPLE


class Eyes(Days):
    """The world as one person (None: signed out) may see it."""

    def post(self, n: int) -> bool:
        """Until it is published a post is its author's."""
        post = self.world.posts[n]
        return self.content(post.author) and (post.status == "PUBLISHED" or post.author == self.viewer)

    def comment(self, n: int) -> bool:
        """Under a post one sees, by somebody one hears, in answer to something one reads.

        Whom the owner of the post blocks is heard there by nobody else.
        """
        comment = self.world.comments[n]
        if not self.post(comment.post) or not self.hears(comment.author) or self.unwelcome(n):
            return False
        return comment.parent is None or self.comment(comment.parent)

    # ---- what follows for each path

    def post_id(self, n: int) -> str:
        return ids.encode(Post.TAG, self.world.post_ids[n])

    def photo_id(self, n: int) -> str:
        return ids.encode(Video.TAG if n % 2 else Photo.TAG, self.world.photo_ids[n])

    def no_media_id(self, n: int) -> str:
        """The number of a photo as the id of a video, and the other way round."""
        return ids.encode(Photo.TAG if n % 2 else Video.TAG, self.world.photo_ids[n])

    def upload_id(self, n: int) -> str:
        return ids.encode(Upload.TAG, self.world.photo_ids[n])

    def comment_id(self, n: int) -> str:
        return ids.encode(Comment.TAG, self.world.comment_ids[n])

    @property
    def hashtag_id(self) -> str:
        return ids.encode(Hashtag.TAG, self.world.hashtag_id)

    @property
    def place_id(self) -> str:
        return ids.encode(Location.TAG, self.world.place_id)

    def shows_user(self, n: int) -> dict[str, Any] | None:
        if not self.exists(n):
            return None
        world, everybody = self.world, range(PEOPLE)
        open_ = self.content(n)
        followers = [of for of in everybody if world.tie(of, n, Kind.FOLLOW)]
        followees = [to for to in everybody if world.tie(n, to, Kind.FOLLOW)]
        return {
            "__typename": "User",
            "id": self.person_id(n),
            "avatarUrl": f"{world.people_ids[n]:x}.jpg",
            "viewerCanSeeContent": open_,
            "viewerHasBlocked": self.viewer is not None and world.tie(self.viewer, n, Kind.BLOCK),
            "viewerHasStoryNotifications": self.viewer is not None
            and world.tie(self.viewer, n, Kind.STORY_NOTIFICATIONS),
            "followerCount": len(self.known(followers)),
            "followingCount": sum(world.active(to) and not self.blocks_viewer(to) for to in followees),
            "postCount": sum(post.author == n and post.status == "PUBLISHED" for post in world.posts),
            "posts": self.listed(
                [
                    {"id": self.post_id(p)}
                    for p in reversed(range(len(world.posts)))
                    if world.posts[p].author == n and world.posts[p].status == "PUBLISHED" and open_
                ]
            ),
            "followers": self.listed(self.unordered(self.known(followers) if open_ else [])),
            "following": self.listed(self.unordered(followees if open_ else [])),
            "storyReel": {"id": self.reel_id(n)} if self.reel(n) else None,
            "highlights": self.listed([{"id": self.highlight_id(n)}] if self.kept(n) else []),
        }

    def shows_post(self, n: int) -> dict[str, Any] | None:
        if not self.post(n):
            return None
        world, post = self.world, self.world.posts[n]
        own = post.author == self.viewer
        under = [c for c, comment in enumerate(world.comments) if comment.post == n]
        return {
            "__typename": "Post",
            "id": self.post_id(n),
            "author": {"id": self.person_id(post.author)},
            "mentions": self.people(sorted(post.mentions)),
            "location": {"id": self.place_id} if post.place else None,
            "media": [self.shows_photo(n)],
            "uploads": [{"id": self.upload_id(n)}] if own else None,
            "likeCount": len(self.known(who for who, p in world.likes if p == n)),
            "commentCount": sum(not self.silenced(c) for c in under),
            "viewerHasLiked": (self.viewer, n) in world.likes,
            "viewerHasSaved": (self.viewer, n) in world.saves,
            "likers": self.listed(self.unordered(self.known(who for who, p in world.likes if p == n))),
            "comments": self.listed(
                [self.shows_comment(c) for c in reversed(under) if world.comments[c].parent is None and self.comment(c)]
            ),
        }

    def silenced(self, n: int) -> bool:
        """Whether a block keeps this comment from the viewer, or its author is not there any more."""
        comment = self.world.comments[n]
        if self.across(comment.author) or self.unwelcome(n) or not self.world.active(comment.author):
            return True
        return comment.parent is not None and self.silenced(comment.parent)

    def unwelcome(self, n: int) -> bool:
        """Whether this comment of somebody else is by a person whom the owner of the post blocks."""
        comment = self.world.comments[n]
        blocked = self.world.tie(self.world.posts[comment.post].author, comment.author, Kind.BLOCK)
        return blocked and comment.author != self.viewer

    def shows_photo(self, n: int) -> dict[str, Any] | None:
        if not self.post(n):
            return None
        return {
            "__typename": "Video" if n % 2 else "Photo",
            **({"hlsUrl": f"{self.world.photo_ids[n]:x}.m3u8"} if n % 2 else {}),
            "id": self.photo_id(n),
            "userTags": [{"user": tag} for tag in self.people(sorted(self.world.posts[n].tags))],
            "variants": [{"url": f"{self.world.photo_ids[n]:x}.jpg"}],
            "image": {"url": f"{self.world.photo_ids[n]:x}.jpg"},
        }

    def shows_comment(self, n: int) -> dict[str, Any] | None:
        if not self.comment(n):
            return None
        world, comment = self.world, self.world.comments[n]
        replies = [c for c, other in enumerate(world.comments) if other.parent == n]
        return {
            "__typename": "Comment",
            "id": self.comment_id(n),
            "post": {"id": self.post_id(comment.post)},
            "author": {"id": self.person_id(comment.author)},
            "mentions": self.people(sorted(comment.mentions)),
            "parent": None if comment.parent is None else {"id": self.comment_id(comment.parent)},
            "likes": len(self.known(who for who, c in world.comment_likes if c == n)),
            "viewerHasLiked": (self.viewer, n) in world.comment_likes,
            "replyCount": sum(not self.silenced(c) for c in replies),
            "replies": self.listed([{"id": self.comment_id(c)} for c in replies if self.comment(c)]),
        }

    def talk(self, n: int) -> int | None:
        """The viewer's place in a talk, if they are in it."""
        members = self.world.talks[n].members
        if self.viewer not in members or self.world.status[self.viewer] != "ACTIVE":
            return None
        return members.index(self.viewer)

    def said(self, n: int, m: int) -> bool:
        """What was said since one came."""
        place = self.talk(n)
        return place is not None and m >= self.world.talks[n].begins(place)

    def talk_id(self, n: int) -> str:
        return ids.encode(Conversation.TAG, self.world.talk_ids[n])

    def member_id(self, n: int, place: int) -> str:
        return ids.encode(Member.TAG, self.world.member_ids[n][place])

    def said_id(self, n: int, m: int) -> str:
        return ids.encode(Message.TAG, self.world.said_ids[n][m])

    def shows_talk(self, n: int) -> dict[str, Any] | None:
        own = self.talk(n)
        if own is None:
            return None
        talk = self.world.talks[n]
        last = len(talk.said) - 1
        reads = [self.said_id(n, last) if talk.read and last >= 0 and self.said(n, last) else None] * len(talk.members)
        shown = [
            reads[place] if place == own or (self.hears(who) and not self.unanswered(n, place)) else None
            for place, who in enumerate(talk.members)
        ]
        return {
            "__typename": "Conversation",
            "id": self.talk_id(n),
            "isGroup": talk.is_group,
            "isRequest": self.unanswered(n, own),
            "members": [
                {
                    "id": self.member_id(n, place),
                    "user": self.somebody(who),
                    "lastReadMessageId": shown[place],
                    "isAdmin": talk.is_group and place == 0,
                }
                for place, who in enumerate(talk.members)
            ],
            "lastMessage": {"id": self.said_id(n, last)} if last >= 0 and self.said(n, last) else None,
            "messages": self.listed([self.shows_said(n, m) for m in reversed(range(last + 1)) if self.said(n, m)]),
        }

    def unanswered(self, n: int, place: int) -> bool:
        return self.world.talks[n].unanswered and place == len(self.world.talks[n].members) - 1

    def somebody(self, person: int) -> dict[str, str] | None:
        return {"id": self.person_id(person)} if self.exists(person) else None

    def shows_said(self, n: int, m: int) -> dict[str, Any] | None:
        if not self.said(n, m):
            return None
        talk = self.world.talks[n]
        said = talk.said[m]
        return {
            "__typename": "Message",
            "id": self.said_id(n, m),
            "conversation": {"id": self.talk_id(n)},
            "sender": self.somebody(talk.members[said.sender]),
            "text": f"words {m}",
            "attachment": self.shows_attached(said),
            "replyTo": {"id": self.said_id(n, m - 1)} if said.answers and m and self.said(n, m - 1) else None,
        }

    def shows_attached(self, said: Said) -> dict[str, str] | None:
        if said.post is not None:
            return {"id": self.post_id(said.post)} if self.post(said.post) else None
        return {"id": self.story_id(said.story)} if said.story is not None and self.story(said.story) else None

    def shows_member(self, n: int, place: int) -> dict[str, Any] | None:
        if self.talk(n) is None:
            return None
        who = self.somebody(self.world.talks[n].members[place])
        return {"__typename": "ConversationMember", "id": self.member_id(n, place), "user": who}

    def told_id(self, n: int) -> str:
        return ids.encode(Notification.TAG, self.world.told_ids[n])

    def shows_told(self, n: int) -> dict[str, Any] | None:
        """To whom it is told, while there is somebody in it whom they hear and have not muted."""
        told = self.world.told[n]
        if told.user != self.viewer or self.world.status[self.viewer] != "ACTIVE":
            return None
        heard = [who for who in told.actors if self.hears(who) and not self.unwanted(who)]
        if not heard:
            return None
        shown = {
            "LIKE": lambda n: {"id": self.post_id(n)} if self.post(n) else None,
            "MENTION": lambda n: {"id": self.comment_id(n)} if self.comment(n) else None,
            "STORY": lambda n: {"id": self.story_id(n)} if self.story(n) else None,
            "FOLLOW": lambda n: self.somebody(n),
        }
        return {
            "__typename": "Notification",
            "id": self.told_id(n),
            "kind": told.kind,
            "actorCount": len(heard),
            "actors": self.listed([{"id": self.person_id(who)} for who in reversed(told.actors) if who in heard]),
            "target": shown[told.kind](told.thing),
        }

    def unwanted(self, person: int) -> bool:
        """Muted, or across a block."""
        assert self.viewer is not None
        return self.world.tie(self.viewer, person, Kind.MUTE) or self.across(person)

    def unread(self) -> int:
        """As many as are listed: nobody has read any."""
        return len(self.notifications())

    def notifications(self) -> list[dict[str, str]]:
        shown = [{"id": self.told_id(n)} for n in range(len(self.world.told)) if self.shows_told(n)]
        return sorted(shown, key=str)

    def inbox(self, requests: bool) -> list[dict[str, str]]:
        return sorted(
            (
                {"id": self.talk_id(n)}
                for n in range(len(self.world.talks))
                if (place := self.talk(n)) is not None and self.unanswered(n, place) == requests
            ),
            key=str,
        )

    def shows_upload(self, n: int) -> dict[str, Any] | None:
        if self.world.posts[n].author != self.viewer or self.world.status[self.viewer] != "ACTIVE":
            return None
        return {"__typename": "Upload", "id": self.upload_id(n), "picture": {"id": self.photo_id(n)}}

    @property
    def is_signed_in(self) -> bool:
        """Whether the session of the viewer, if there is one, goes on: it ends when the account is hidden."""
        return self.viewer is None or self.world.status[self.viewer] == "ACTIVE"

    def shows_hashtag(self) -> dict[str, Any] | None:
        under = [n for n, post in enumerate(self.world.posts) if post.hashtag and post.status == "PUBLISHED"]
        seen = [{"id": self.post_id(n)} for n in reversed(under) if self.post(n)]
        counted = sum(
            self.world.is_listed(self.world.posts[n].author) and not self.blocks_viewer(self.world.posts[n].author)
            for n in under
        )
        if not seen:
            return None
        return {
            "__typename": "Hashtag",
            "id": self.hashtag_id,
            "tagged": counted,
            "posts": self.listed(seen),
            "topPosts": self.top(under),
        }

    def shows_place(self) -> dict[str, Any] | None:
        there = [n for n, post in enumerate(self.world.posts) if post.place and post.status == "PUBLISHED"]
        seen = [{"id": self.post_id(n)} for n in reversed(there) if self.post(n)]
        if not seen:
            return None
        place = {"__typename": "Location", "id": self.place_id}
        return place | {"posts": self.listed(seen), "topPosts": self.top(there)}

    def top(self, posts: list[int]) -> dict[str, Any]:
        """Those of these posts that the viewer sees: the most engagement first, then the newest."""
        return self.listed([{"id": self.post_id(n)} for n in sorted(posts, key=self.engagement)[::-1] if self.post(n)])

    def engagement(self, n: int) -> tuple[int, int]:
        """Likes and twice the comments, of all users, and the number of the post."""
        likes = sum(post == n and self.world.active(who) for who, post in self.world.likes)
        comments = sum(comment.post == n and self.world.counted(c) for c, comment in enumerate(self.world.comments))
        return likes + 2 * comments, n

    def feed(self) -> list[dict[str, str]]:
        """By the viewer and by users whom the viewer follows and has not muted."""
        wanted = {
            n
            for n in range(PEOPLE)
            if n == self.viewer
            or (self.follows(n) and self.viewer is not None and not self.world.tie(self.viewer, n, Kind.MUTE))
        }
        return [
            {"id": self.post_id(n)}
            for n in reversed(range(len(self.world.posts)))
            if self.world.posts[n].author in wanted and self.world.posts[n].status == "PUBLISHED" and self.post(n)
        ]

    def saved(self) -> list[dict[str, str]]:
        mine = [post for who, post in self.world.saves if who == self.viewer]
        return sorted(({"id": self.post_id(n)} for n in mine if self.post(n)), key=str)

    def requests(self) -> list[dict[str, str]]:
        assert self.viewer is not None
        return self.unordered([n for n in range(PEOPLE) if self.world.tie(n, self.viewer, Kind.REQUEST)])

    def blocked(self) -> list[dict[str, str]]:
        assert self.viewer is not None
        return self.unordered([n for n in range(PEOPLE) if self.world.tie(self.viewer, n, Kind.BLOCK)])
