import strawberry

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

_USER = argument(strawberry.ID, "A person's id.")
_POST = argument(strawberry.ID, "A post's id.")
_COMMENT = argument(strawberry.ID, "A comment's id.")
_HIDDEN_POST = "The viewer need not see the post; `post` is null then."
_PASSWORD = argument(str, "The viewer's: a stolen token is not enough.")
_REFRESH_TOKEN = argument(str, "As the last sign-in, sign-up or refresh gave it.")


@strawberry.type(description="What can be done.")
class Mutation(Talk):
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
    update_profile: UpdateProfilePayload | None = mutates(
        users.update_profile,
        UpdateProfilePayload,
        "Change the viewer's profile.",
        signed_in,
        input=argument(UpdateProfileInput, "What to change."),
    )
    deactivate_account: SignOutPayload | None = mutates(
        users.deactivate,
        SignOutPayload,
        "Hidden at once; signing in brings it back.",
        signed_in,
        password=_PASSWORD,
    )
    delete_account: SignOutPayload | None = mutates(
        users.delete,
        SignOutPayload,
        "Gone for everybody at once, erased within a day.",
        signed_in,
        password=_PASSWORD,
    )
    follow: RelationshipPayload | None = mutates(
        relationships.follow,
        RelationshipPayload,
        "Follow somebody, or ask to where their account is private.",
        signed_in,
        user_id=_USER,
    )
    unfollow: RelationshipPayload | None = mutates(
        relationships.unfollow,
        RelationshipPayload,
        "Stop following somebody, or withdraw the request to.",
        signed_in,
        user_id=_USER,
    )
    accept_follow_request: RelationshipPayload | None = mutates(
        relationships.accept,
        RelationshipPayload,
        "Let somebody who has asked to follow the viewer do so.",
        signed_in,
        user_id=_USER,
    )
    decline_follow_request: RelationshipPayload | None = mutates(
        relationships.decline,
        RelationshipPayload,
        "Refuse somebody who has asked to follow the viewer; they are not told.",
        signed_in,
        user_id=_USER,
    )
    remove_follower: RelationshipPayload | None = mutates(
        relationships.remove_follower,
        RelationshipPayload,
        "Have somebody follow the viewer no longer; they are not told.",
        signed_in,
        user_id=_USER,
    )
    block: RelationshipPayload | None = mutates(
        relationships.block,
        RelationshipPayload,
        "Neither sees what the other does; follows and requests end both ways.",
        signed_in,
        user_id=_USER,
    )
    unblock: RelationshipPayload | None = mutates(
        relationships.unblock,
        RelationshipPayload,
        "Take a block back. What it ended does not begin again.",
        signed_in,
        user_id=_USER,
    )
    mute: RelationshipPayload | None = mutates(
        relationships.mute,
        RelationshipPayload,
        "Keep somebody's posts out of the viewer's feed; they are not told.",
        signed_in,
        user_id=_USER,
    )
    unmute: RelationshipPayload | None = mutates(
        relationships.unmute,
        RelationshipPayload,
        "Let somebody's posts into the viewer's feed again.",
        signed_in,
        user_id=_USER,
    )
    set_close_friend: RelationshipPayload | None = mutates(
        relationships.set_close_friend,
        RelationshipPayload,
        "Put somebody among the viewer's close friends, or out of them; they are not told.",
        signed_in,
        user_id=_USER,
        is_close_friend=argument(bool, "Whether they are one."),
    )
    set_story_notifications: RelationshipPayload | None = mutates(
        relationships.set_story_notifications,
        RelationshipPayload,
        "Have the viewer told of the stories of somebody whom they follow, or no longer; it ends with the follow.",
        signed_in,
        user_id=_USER,
        enabled=argument(bool, "Whether the viewer is told."),
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
        "Places to send files to.",
        signed_in,
        input=argument(CreateUploadsInput, "The files."),
    )
    complete_upload: UploadPayload | None = mutates(
        uploads.complete,
        UploadPayload,
        "For a multipart upload; for a single one only a nudge, storage tells the server by itself.",
        signed_in,
        input=argument(CompleteUploadInput, "The upload."),
    )
    abort_upload: UploadPayload | None = mutates(
        uploads.abort,
        UploadPayload,
        "Throw away an upload that nothing uses, with all that was sent of it: it is EXPIRED.",
        signed_in,
        upload_id=argument(strawberry.ID, "An upload of the viewer's."),
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
        post_id=_POST,
    )
    update_post: PostPayload | None = mutates(
        posts.update,
        PostPayload,
        "Change a post of the viewer's.",
        signed_in,
        input=argument(UpdatePostInput, "What to change."),
    )
    like_post: PostPayload | None = mutates(posts.like, PostPayload, "Like a post.", signed_in, post_id=_POST)
    unlike_post: PostPayload | None = mutates(
        posts.unlike, PostPayload, f"Withdraw the viewer's like of a post. {_HIDDEN_POST}", signed_in, post_id=_POST
    )
    save_post: PostPayload | None = mutates(
        posts.save, PostPayload, "Keep a post for oneself.", signed_in, post_id=_POST
    )
    unsave_post: PostPayload | None = mutates(
        posts.unsave,
        PostPayload,
        f"Remove a post from the viewer's saved posts. {_HIDDEN_POST}",
        signed_in,
        post_id=_POST,
    )
    remove_my_tag: PostPayload | None = mutates(
        posts.remove_tag,
        PostPayload,
        "Remove all tags of the viewer from the media of a post, permanently. The author is not notified. "
        f"{_HIDDEN_POST}",
        signed_in,
        post_id=_POST,
    )
    remove_my_mention: RemoveMyMentionPayload | None = mutates(
        posts.remove_mention,
        RemoveMyMentionPayload,
        "Remove the viewer's mention from a post or comment, permanently: edits of the caption do not mention the "
        "viewer again. The text stays unchanged. The author is not notified.",
        signed_in,
        subject_id=argument(strawberry.ID, "ID of the post or comment that mentions the viewer."),
    )
    add_comment: CommentPayload | None = mutates(
        comments.add,
        CommentPayload,
        "Say something under a post.",
        signed_in,
        input=argument(AddCommentInput, "The comment."),
    )
    delete_comment: DeleteCommentPayload | None = mutates(
        comments.delete,
        DeleteCommentPayload,
        "Delete a comment with its replies. Allowed for its author and the author of the post, who need not see it; "
        "`post` and `parent` are null when the viewer cannot see those.",
        signed_in,
        comment_id=_COMMENT,
    )
    like_comment: CommentPayload | None = mutates(
        comments.like, CommentPayload, "Like a comment.", signed_in, comment_id=_COMMENT
    )
    unlike_comment: CommentPayload | None = mutates(
        comments.unlike,
        CommentPayload,
        "Withdraw the viewer's like of a comment. The viewer need not see the comment; `comment` is null then.",
        signed_in,
        comment_id=_COMMENT,
    )
    create_story: StoryPayload | None = mutates(
        stories.create,
        StoryPayload,
        "Show one upload for a day; the story publishes itself when its media is ready.",
        signed_in,
        input=argument(CreateStoryInput, "The story."),
    )
    delete_story: DeleteStoryPayload | None = mutates(
        stories.delete,
        DeleteStoryPayload,
        "Delete a story of the viewer's, with its media, from highlights too.",
        signed_in,
        story_id=argument(strawberry.ID, "A story's id."),
    )
    mark_stories_seen: MarkStoriesSeenPayload | None = mutates(
        stories.mark_seen,
        MarkStoriesSeenPayload,
        "The viewer has seen these stories: their authors alone are told. Those that are not there for the viewer, or "
        "not any more, are left out.",
        signed_in,
        story_ids=argument(list[strawberry.ID], "1 to 100."),
    )
    create_highlight: HighlightPayload | None = mutates(
        stories.create_highlight,
        HighlightPayload,
        "Keep stories of the viewer's past their day, on their profile.",
        signed_in,
        input=argument(CreateHighlightInput, "What to keep."),
    )
    delete_highlight: DeleteHighlightPayload | None = mutates(
        stories.delete_highlight,
        DeleteHighlightPayload,
        "Keep these stories no longer: those that are over, and in no other highlight, are removed.",
        signed_in,
        highlight_id=argument(strawberry.ID, "A highlight's id."),
    )
    record_impressions: RecordImpressionsPayload | None = mutates(
        impressions.record,
        RecordImpressionsPayload,
        "Tell what the viewer was shown: ranking learns from it. The first time counts; posts that are not there for "
        "the viewer, and their own, are left out.",
        signed_in,
        input=argument(RecordImpressionsInput, "What was shown."),
    )
