import strawberry

from domain.limits import Budget
from resolvers import comments, impressions, posts, relationships, searches, stories, uploads, users
from schema.fields import argument, mutates
from schema.inputs import (
    AddCommentInput,
    CompleteUploadInput,
    CreateHighlightInput,
    CreatePostInput,
    CreateStoryInput,
    CreateUploadsInput,
    RecordImpressionsInput,
    RecordSearchInput,
    SignInInput,
    SignUpInput,
    UpdatePostInput,
    UpdateProfileInput,
)
from schema.payloads import (
    CommentPayload,
    CreateUploadsPayload,
    DeleteCommentPayload,
    DeleteHighlightPayload,
    DeletePostPayload,
    DeleteStoryPayload,
    HighlightPayload,
    MarkStoriesSeenPayload,
    PostPayload,
    RecordImpressionsPayload,
    RelationshipPayload,
    RemoveMyMentionPayload,
    SignInPayload,
    SignOutPayload,
    StoryPayload,
    UpdateProfilePayload,
    UploadPayload,
    ViewerPayload,
)
from schema.permissions import anyone, signed_in
from schema.talk import Talk

_USER = argument(strawberry.ID, "ID of the other user.")
_POST = argument(strawberry.ID, "ID of the post.")
_COMMENT = argument(strawberry.ID, "ID of the comment.")
_HIDDEN_POST = "This also works when the viewer may no longer see the post; `post` is then null."
_PASSWORD = argument(str, "Password of the viewer, required because a stolen access token must not be enough.")
_REFRESH_TOKEN = argument(str, "The refresh token of the session.")


@strawberry.type(
    description="All mutations. Each has a rate limit; exceeding it is an error with the code RATE_LIMITED. All "
    "except `signUp`, `signIn`, `refreshSession` and `signOut` require an access token."
)
class Mutation(Talk):
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
    update_profile: UpdateProfilePayload | None = mutates(
        users.update_profile,
        UpdateProfilePayload,
        "Changes the viewer's profile.",
        signed_in,
        budget=Budget(60, per=3600),
        input=argument(UpdateProfileInput, "The changes to make."),
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
    follow: RelationshipPayload | None = mutates(
        relationships.follow,
        RelationshipPayload,
        "Follows a user. If the account is private, sends a follow request instead.",
        signed_in,
        budget=Budget(200, per=3600),
        user_id=_USER,
    )
    unfollow: RelationshipPayload | None = mutates(
        relationships.unfollow,
        RelationshipPayload,
        "Stops following a user, or withdraws the follow request.",
        signed_in,
        user_id=_USER,
    )
    accept_follow_request: RelationshipPayload | None = mutates(
        relationships.accept,
        RelationshipPayload,
        "Accepts a user's request to follow the viewer.",
        signed_in,
        user_id=_USER,
    )
    decline_follow_request: RelationshipPayload | None = mutates(
        relationships.decline,
        RelationshipPayload,
        "Declines a user's request to follow the viewer. The user is not notified.",
        signed_in,
        user_id=_USER,
    )
    remove_follower: RelationshipPayload | None = mutates(
        relationships.remove_follower,
        RelationshipPayload,
        "Removes a user from the viewer's followers. The user is not notified.",
        signed_in,
        user_id=_USER,
    )
    block: RelationshipPayload | None = mutates(
        relationships.block,
        RelationshipPayload,
        "Blocks a user. The user no longer sees the viewer, and the viewer no longer sees the user's "
        "content. Follows, follow requests, story notifications and close-friends entries in both "
        "directions are removed.",
        signed_in,
        user_id=_USER,
    )
    unblock: RelationshipPayload | None = mutates(
        relationships.unblock,
        RelationshipPayload,
        "Unblocks a user. Follows and other relationships that the block removed are not restored.",
        signed_in,
        user_id=_USER,
    )
    mute: RelationshipPayload | None = mutates(
        relationships.mute,
        RelationshipPayload,
        "Mutes a user: leaves their posts, stories and actions out of the viewer's feed, story tray and "
        "notifications. The user is not notified.",
        signed_in,
        user_id=_USER,
    )
    unmute: RelationshipPayload | None = mutates(
        relationships.unmute,
        RelationshipPayload,
        "Unmutes a user.",
        signed_in,
        user_id=_USER,
    )
    set_close_friend: RelationshipPayload | None = mutates(
        relationships.set_close_friend,
        RelationshipPayload,
        "Adds a user to the viewer's close-friends list, or removes them from it. The user is not notified.",
        signed_in,
        user_id=_USER,
        is_close_friend=argument(bool, "Whether the user is on the list."),
    )
    set_story_notifications: RelationshipPayload | None = mutates(
        relationships.set_story_notifications,
        RelationshipPayload,
        "Turns notifications about new stories of a user on or off. Turning them on requires that the "
        "viewer follows the user; unfollowing turns them off.",
        signed_in,
        user_id=_USER,
        enabled=argument(bool, "Whether the viewer is notified."),
    )
    record_search: ViewerPayload | None = mutates(
        searches.record_search,
        ViewerPayload,
        "Adds a search to the viewer's history. Nothing is stored while `savesSearches` is false.",
        signed_in,
        input=argument(RecordSearchInput, "The search to record."),
    )
    forget_searches: ViewerPayload | None = mutates(
        searches.forget_searches,
        ViewerPayload,
        "Deletes entries from the viewer's search history.",
        signed_in,
        ids=argument(
            list[strawberry.ID] | None,
            "IDs of the entries to delete, at most 100. If omitted or null: all entries.",
            None,
        ),
    )
    set_saves_searches: ViewerPayload | None = mutates(
        searches.set_saves_searches,
        ViewerPayload,
        "Turns the viewer's search history on or off. Turning it off deletes the history.",
        signed_in,
        enabled=argument(bool, "Whether searches are saved."),
    )
    create_uploads: CreateUploadsPayload | None = mutates(
        uploads.create,
        CreateUploadsPayload,
        "Creates uploads: targets to send files to. The sizes of the files are reserved from the viewer's "
        "storage quota.",
        signed_in,
        budget=Budget(100, per=3600),
        input=argument(CreateUploadsInput, "The files to upload."),
    )
    complete_upload: UploadPayload | None = mutates(
        uploads.complete,
        UploadPayload,
        "Completes an upload. Required for a multipart upload when all parts have been sent. Optional for "
        "a single upload: storage notifies the server itself, and this call only makes processing start "
        "earlier.",
        signed_in,
        input=argument(CompleteUploadInput, "The upload to complete."),
    )
    abort_upload: UploadPayload | None = mutates(
        uploads.abort,
        UploadPayload,
        "Aborts an upload that nothing uses, and deletes what was sent. Its status becomes EXPIRED.",
        signed_in,
        upload_id=argument(strawberry.ID, "ID of an upload of the viewer."),
    )
    create_post: PostPayload | None = mutates(
        posts.create,
        PostPayload,
        "Creates a post. The bytes of its uploads may arrive later: the post is published automatically "
        "once all of its media are READY.",
        signed_in,
        budget=Budget(60, per=3600),
        input=argument(CreatePostInput, "The post to create."),
    )
    delete_post: DeletePostPayload | None = mutates(
        posts.delete,
        DeletePostPayload,
        "Deletes a post of the viewer, including its media.",
        signed_in,
        post_id=_POST,
    )
    update_post: PostPayload | None = mutates(
        posts.update,
        PostPayload,
        "Changes a post of the viewer.",
        signed_in,
        input=argument(UpdatePostInput, "The changes to make."),
    )
    like_post: PostPayload | None = mutates(posts.like, PostPayload, "Likes a post.", signed_in, post_id=_POST)
    unlike_post: PostPayload | None = mutates(
        posts.unlike, PostPayload, f"Removes the viewer's like from a post. {_HIDDEN_POST}", signed_in, post_id=_POST
    )
    save_post: PostPayload | None = mutates(
        posts.save,
        PostPayload,
        "Saves a post to the viewer's saved posts, which only the viewer can see.",
        signed_in,
        post_id=_POST,
    )
    unsave_post: PostPayload | None = mutates(
        posts.unsave,
        PostPayload,
        f"Removes a post from the viewer's saved posts. {_HIDDEN_POST}",
        signed_in,
        post_id=_POST,
    )
    remove_my_tag: PostPayload | None = mutates(
        posts.remove_tag,
        PostPayload,
        "Removes all tags of the viewer from the media of a post, permanently. The author is not notified. "
        f"{_HIDDEN_POST}",
        signed_in,
        post_id=_POST,
    )
    remove_my_mention: RemoveMyMentionPayload | None = mutates(
        posts.remove_mention,
        RemoveMyMentionPayload,
        "Removes the viewer's mention from a post or comment, permanently: later edits of the caption do "
        "not mention the viewer again. The text stays unchanged. The author is not notified.",
        signed_in,
        subject_id=argument(strawberry.ID, "ID of the post or comment that mentions the viewer."),
    )
    add_comment: CommentPayload | None = mutates(
        comments.add,
        CommentPayload,
        "Adds a comment to a post, or a reply to a comment.",
        signed_in,
        input=argument(AddCommentInput, "The comment to add."),
    )
    delete_comment: DeleteCommentPayload | None = mutates(
        comments.delete,
        DeleteCommentPayload,
        "Deletes a comment and its replies. Allowed for the comment's author and for the post's author, "
        "even when they may not see the comment.",
        signed_in,
        comment_id=_COMMENT,
    )
    like_comment: CommentPayload | None = mutates(
        comments.like, CommentPayload, "Likes a comment.", signed_in, comment_id=_COMMENT
    )
    unlike_comment: CommentPayload | None = mutates(
        comments.unlike,
        CommentPayload,
        "Removes the viewer's like from a comment. This also works when the viewer may no longer see the "
        "comment; `comment` is then null.",
        signed_in,
        comment_id=_COMMENT,
    )
    create_story: StoryPayload | None = mutates(
        stories.create,
        StoryPayload,
        "Creates a story from one upload, visible for 24 hours. The story is published automatically once "
        "its media is READY.",
        signed_in,
        budget=Budget(100, per=86400),
        input=argument(CreateStoryInput, "The story to create."),
    )
    delete_story: DeleteStoryPayload | None = mutates(
        stories.delete,
        DeleteStoryPayload,
        "Deletes a story of the viewer, including its media, and removes it from highlights.",
        signed_in,
        story_id=argument(strawberry.ID, "ID of the story."),
    )
    mark_stories_seen: MarkStoriesSeenPayload | None = mutates(
        stories.mark_seen,
        MarkStoriesSeenPayload,
        "Marks stories as seen by the viewer. Their authors can see this. Stories that the viewer may not "
        "see, or that no longer exist, are ignored.",
        signed_in,
        budget=Budget(300, per=60),
        story_ids=argument(list[strawberry.ID], "IDs of 1 to 100 stories."),
    )
    create_highlight: HighlightPayload | None = mutates(
        stories.create_highlight,
        HighlightPayload,
        "Creates a highlight on the viewer's profile, which keeps stories after they have expired.",
        signed_in,
        budget=Budget(60, per=3600),
        input=argument(CreateHighlightInput, "The highlight to create."),
    )
    delete_highlight: DeleteHighlightPayload | None = mutates(
        stories.delete_highlight,
        DeleteHighlightPayload,
        "Deletes a highlight of the viewer. Expired stories that are in no other highlight are deleted.",
        signed_in,
        highlight_id=argument(strawberry.ID, "ID of the highlight."),
    )
    record_impressions: RecordImpressionsPayload | None = mutates(
        impressions.record,
        RecordImpressionsPayload,
        "Records which feed posts were shown to the viewer, to improve ranking. Only the first time "
        "counts. The viewer's own posts, and posts that they may not see, are ignored.",
        signed_in,
        budget=Budget(1200, per=3600),
        input=argument(RecordImpressionsInput, "The posts that were shown."),
    )
