-- dumped at 2026-11-30T20:07:36+00:00
SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET transaction_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
CREATE FUNCTION public.hold(viewer bigint, others bigint[], outwards integer[], inwards integer[]) RETURNS boolean
    LANGUAGE plpgsql
    AS $$
DECLARE other bigint;
BEGIN
  FOR other IN SELECT DISTINCT o FROM unnest(others) o ORDER BY o LOOP
    PERFORM pg_advisory_xact_lock(hashint8extended(least(viewer, other), greatest(viewer, other)));
  END LOOP;
  RETURN NOT EXISTS (
    SELECT FROM unnest(others, outwards, inwards) AS seen(person, outward, inward)
    WHERE outward <> coalesce((SELECT bit_or(kind) FROM relations WHERE from_id = viewer AND to_id = person), 0)
       OR inward <> coalesce((SELECT bit_or(kind) FROM relations WHERE from_id = person AND to_id = viewer), 0)
  );
END $$;
CREATE FUNCTION public.next_id(shard integer) RETURNS bigint
    LANGUAGE plpgsql
    AS $$
DECLARE
  ticks bigint := nextval('id_clock');
  now_ticks bigint := (extract(epoch FROM clock_timestamp()) * 1000 - 1767225600000)::bigint << 10;
BEGIN
  IF ticks < now_ticks - 1024 THEN
    PERFORM pg_advisory_lock(1212501063);
    BEGIN
      ticks := nextval('id_clock');
      IF ticks < now_ticks - 2048 THEN
        ticks := setval('id_clock', now_ticks);
      END IF;
    EXCEPTION WHEN query_canceled OR OTHERS THEN
      PERFORM pg_advisory_unlock(1212501063);
      RAISE;
    END;
    PERFORM pg_advisory_unlock(1212501063);
  END IF;
  RETURN ((ticks >> 10) << 22) | ((shard & 4095)::bigint << 10) | (ticks & 1023);
END $$;
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE TABLE public.acts (
    id bigint NOT NULL,
    user_id bigint NOT NULL,
    kind character varying(20) NOT NULL,
    actor_id bigint NOT NULL,
    source_id bigint NOT NULL,
    newest boolean DEFAULT true NOT NULL,
    notification_id bigint NOT NULL
);
COMMENT ON TABLE public.acts IS 'What `actor_id` did, as the row `source_id` holds it; `newest` of theirs in the notification, for one of them.';
CREATE TABLE public.attachments (
    id bigint NOT NULL,
    "position" smallint NOT NULL,
    alt_text text,
    post_id bigint,
    upload_id bigint NOT NULL
);
COMMENT ON TABLE public.attachments IS 'What an upload was used for: an upload has at most one, whatever kind of thing uses it.';
CREATE TABLE public.banned_pictures (
    id bigint NOT NULL,
    hash bit(256) NOT NULL,
    reason text NOT NULL,
    created_at timestamp with time zone NOT NULL
);
COMMENT ON TABLE public.banned_pictures IS 'A picture that nobody may show: its PDQ hash, and the sentence that who sends it is told.';
CREATE TABLE public.comments (
    id bigint NOT NULL,
    post_id bigint NOT NULL,
    parent_id bigint,
    author_id bigint NOT NULL,
    text text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    like_count integer DEFAULT 0 NOT NULL,
    reply_count integer DEFAULT 0 NOT NULL
);
COMMENT ON TABLE public.comments IS 'Said under a post, in whose shard it lives; `parent_id` is the top-level comment that it answers.';
CREATE TABLE public.conversation_log (
    id bigint NOT NULL,
    user_id bigint NOT NULL,
    seq bigint NOT NULL,
    event_id bigint NOT NULL,
    kind smallint NOT NULL,
    conversation_id bigint NOT NULL,
    subject_id bigint NOT NULL
);
COMMENT ON TABLE public.conversation_log IS 'What happened in a conversation of `user_id`, the `seq`th of their log. `kind` is `domain.messages.log.Kind`.';
CREATE TABLE public.conversations (
    id bigint NOT NULL,
    low_id bigint,
    high_id bigint,
    title text,
    key_id character varying(40) NOT NULL,
    sealed_key bytea NOT NULL,
    last_seq bigint DEFAULT 0 NOT NULL,
    last_message_id bigint,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL
);
COMMENT ON TABLE public.conversations IS 'Two people (`low_id` < `high_id`, of whom there is one conversation for ever) or a group (neither is set).';
CREATE TABLE public.devices (
    id bigint NOT NULL,
    platform character varying(8) NOT NULL,
    token text NOT NULL,
    digest character varying(64) NOT NULL,
    p256dh text,
    auth text,
    created_at timestamp with time zone NOT NULL,
    registered_at timestamp with time zone NOT NULL,
    session_id bigint NOT NULL,
    user_id bigint NOT NULL
);
COMMENT ON TABLE public.devices IS 'Where a session of `user` is reached while nothing of it is connected.';
CREATE TABLE public.erasures (
    id bigint NOT NULL,
    token character varying(32) NOT NULL,
    due_at timestamp with time zone NOT NULL,
    found text[],
    keys text[],
    gone boolean DEFAULT false NOT NULL
);
COMMENT ON TABLE public.erasures IS 'Objects of `token` to delete from storage once `due_at` has passed.';
CREATE TABLE public.former_usernames (
    id bigint NOT NULL,
    digest character varying(64) NOT NULL,
    user_id bigint,
    free_at timestamp with time zone NOT NULL
);
COMMENT ON TABLE public.former_usernames IS 'A name that was given up and is kept for its owner until `free_at`: `digest` is its SHA-256.';
CREATE TABLE public.hashtags (
    id bigint NOT NULL,
    name character varying(100) NOT NULL,
    post_count bigint DEFAULT 0 NOT NULL
);
COMMENT ON TABLE public.hashtags IS '`name` is in NFC, case-folded, without ''#''.';
CREATE TABLE public.highlight_stories (
    id bigint NOT NULL,
    highlight_id bigint NOT NULL,
    story_id bigint NOT NULL
);
COMMENT ON TABLE public.highlight_stories IS 'A story in a highlight; their ids are in the order in which the stories were published.';
CREATE TABLE public.highlights (
    id bigint NOT NULL,
    user_id bigint NOT NULL,
    title text NOT NULL
);
COMMENT ON TABLE public.highlights IS 'Stories that `user_id` keeps past their day, under a title.';
CREATE SEQUENCE public.id_clock
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
CREATE TABLE public.idempotency_keys (
    id bigint NOT NULL,
    viewer_id bigint NOT NULL,
    mutation character varying(40) NOT NULL,
    key character varying(64) NOT NULL,
    input_hash bytea NOT NULL,
    result jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL
);
COMMENT ON TABLE public.idempotency_keys IS 'What a mutation with a client''s key did, kept for 7 days: `result` holds the ids of the rows it made.';
CREATE TABLE public.impressions (
    id bigint NOT NULL,
    user_id bigint NOT NULL,
    post_id bigint NOT NULL,
    "position" integer NOT NULL,
    feed_order character varying(16) NOT NULL,
    age_ms bigint NOT NULL,
    likes integer NOT NULL,
    comments integer NOT NULL,
    photos smallint NOT NULL,
    caption_length smallint NOT NULL,
    hashtags smallint NOT NULL,
    has_location boolean NOT NULL,
    tie double precision NOT NULL
);
COMMENT ON TABLE public.impressions IS '`user_id` was shown a post for the first time, and what was known of it then. Kept 30 days; the id tells when.';
CREATE TABLE public.inboxes (
    id bigint NOT NULL,
    last_seq bigint DEFAULT 0 NOT NULL,
    floor_seq bigint DEFAULT 0 NOT NULL
);
COMMENT ON TABLE public.inboxes IS 'Where somebody''s log of conversation events stands: `id` is the person''s. Up to `floor_seq` it is forgotten.';
CREATE TABLE public.jobs (
    id bigint NOT NULL,
    kind character varying(20) NOT NULL,
    subject_id bigint NOT NULL,
    due_at timestamp with time zone NOT NULL,
    created_at timestamp with time zone NOT NULL
);
COMMENT ON TABLE public.jobs IS 'Work that a request has promised and did not wait for: `kind` says what is done with `subject_id`.';
CREATE TABLE public.likes (
    id bigint NOT NULL,
    subject_id bigint NOT NULL,
    user_id bigint NOT NULL
);
COMMENT ON TABLE public.likes IS '`user_id` likes a post or a comment, `subject_id`, whose shard it lives in. No foreign key: a popular subject';
CREATE TABLE public.locations (
    id bigint NOT NULL,
    digest character varying(64) NOT NULL,
    name text NOT NULL,
    latitude double precision,
    longitude double precision
);
COMMENT ON TABLE public.locations IS 'A place as somebody named it; `digest` is the SHA-256 of its name and coordinates.';
CREATE TABLE public.members (
    id bigint NOT NULL,
    conversation_id bigint NOT NULL,
    user_id bigint NOT NULL,
    joined_at timestamp with time zone NOT NULL,
    begins bigint DEFAULT 0 NOT NULL,
    read_seq bigint DEFAULT 0 NOT NULL,
    read_id bigint,
    unread integer DEFAULT 0 NOT NULL,
    is_request boolean DEFAULT false NOT NULL,
    hidden boolean DEFAULT false NOT NULL,
    updated_at timestamp with time zone NOT NULL
);
COMMENT ON TABLE public.members IS '`user_id` in a conversation. Messages up to `begins` are not theirs to read; those after `read_seq` are unread.';
CREATE TABLE public.mentions (
    id bigint NOT NULL,
    source_id bigint NOT NULL,
    user_id bigint NOT NULL,
    "position" smallint NOT NULL
);
COMMENT ON TABLE public.mentions IS '`user_id` is named in the text of a post or a comment, `source_id`, as the `position`th.';
CREATE TABLE public.messages (
    id bigint NOT NULL,
    conversation_id bigint NOT NULL,
    seq bigint NOT NULL,
    sender_id bigint NOT NULL,
    body bytea,
    attached_tag smallint,
    attached_id bigint,
    reply_to_id bigint,
    key character varying(64),
    created_at timestamp with time zone NOT NULL,
    unsent_at timestamp with time zone
);
COMMENT ON TABLE public.messages IS '`body` is sealed, and gone when unsent. `attached_id` is what `attached_tag` says, as in opaque ids.';
CREATE TABLE public.mls_deliveries (
    id bigint NOT NULL,
    sequence bigint NOT NULL,
    message_id bigint NOT NULL,
    device_id bigint NOT NULL
);
COMMENT ON TABLE public.mls_deliveries IS 'A message that waits for a device, in the order of `sequence`; the row goes when it is acknowledged.';
CREATE TABLE public.mls_devices (
    id bigint NOT NULL,
    signature_key bytea NOT NULL,
    last_sequence bigint DEFAULT 0 NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    user_id bigint NOT NULL
);
COMMENT ON TABLE public.mls_devices IS 'A client of MLS (RFC 9420). Its mailbox has given out the sequences up to `last_sequence`.';
CREATE TABLE public.mls_groups (
    id bigint NOT NULL,
    epoch bigint DEFAULT 0 NOT NULL
);
COMMENT ON TABLE public.mls_groups IS 'A group of MLS, whose group id is our opaque one; `epoch` is that which the last accepted commit began.';
CREATE TABLE public.mls_key_packages (
    id bigint NOT NULL,
    ref bytea NOT NULL,
    content bytea,
    is_last_resort boolean NOT NULL,
    claimed_for bigint,
    not_after timestamp with time zone NOT NULL,
    device_id bigint NOT NULL
);
COMMENT ON TABLE public.mls_key_packages IS 'What adds a device to a group, once: for the group `claimed_for`. `content` goes when it has been used.';
CREATE TABLE public.mls_members (
    id bigint NOT NULL,
    device_id bigint NOT NULL,
    user_id bigint NOT NULL,
    since_epoch bigint NOT NULL,
    group_id bigint NOT NULL
);
COMMENT ON TABLE public.mls_members IS 'A device, of `user_id`, in a group, which it can read from the epoch `since_epoch` on.';
CREATE TABLE public.mls_messages (
    id bigint NOT NULL,
    group_id bigint NOT NULL,
    epoch bigint NOT NULL,
    kind character varying(12) NOT NULL,
    content bytea NOT NULL
);
COMMENT ON TABLE public.mls_messages IS 'What a device sent to a group: `content` is an MLSMessage that the server cannot read. Kept while it waits.';
CREATE TABLE public.notification_marks (
    id bigint NOT NULL,
    read_up_to timestamp with time zone NOT NULL
);
COMMENT ON TABLE public.notification_marks IS 'Up to when somebody, whose id it has, has read their notifications.';
CREATE TABLE public.notifications (
    id bigint NOT NULL,
    user_id bigint NOT NULL,
    kind character varying(20) NOT NULL,
    target_tag smallint NOT NULL,
    target_id bigint NOT NULL,
    actor_count integer DEFAULT 0 NOT NULL,
    open boolean DEFAULT true NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL
);
COMMENT ON TABLE public.notifications IS 'What others did to one thing of `user_id`, or about them, since `opened_at`; `kind` is a NotificationKind.';
CREATE TABLE public.outbox (
    id bigint NOT NULL,
    kind character varying(40) NOT NULL,
    payload jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL,
    sent_at timestamp with time zone
);
COMMENT ON TABLE public.outbox IS 'A domain event, written in the transaction it tells of; `sent_at` is when the relay put it on the stream.';
CREATE TABLE public.posts (
    id bigint NOT NULL,
    status character varying(12) NOT NULL,
    caption text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    published_at timestamp with time zone,
    author_id bigint NOT NULL,
    comment_count integer DEFAULT 0 NOT NULL,
    comments_disabled boolean DEFAULT false NOT NULL,
    edited_at timestamp with time zone,
    hashtags text[] DEFAULT '{}'::text[] NOT NULL,
    like_count integer DEFAULT 0 NOT NULL,
    location_id bigint
);
COMMENT ON TABLE public.posts IS '`published_at` has milliseconds, like the scores of the feeds that are ordered by it.';
CREATE TABLE public.pushed_anyway (
    id bigint NOT NULL,
    author_id bigint NOT NULL,
    reader_id bigint NOT NULL
);
COMMENT ON TABLE public.pushed_anyway IS 'A follower of a pulled author who pulls as many others as they may: posts are pushed to them after all.';
CREATE TABLE public.pushes (
    id bigint NOT NULL,
    user_id bigint NOT NULL,
    kind character varying(20) NOT NULL,
    subject_id bigint NOT NULL,
    collapse_key character varying(64) NOT NULL,
    urgent boolean NOT NULL,
    version integer DEFAULT 0 NOT NULL,
    attempt integer DEFAULT 0 NOT NULL,
    left_devices bigint[],
    promised_at timestamp with time zone NOT NULL,
    due_at timestamp with time zone NOT NULL
);
COMMENT ON TABLE public.pushes IS 'Something that `user_id` is to hear of on their devices: numbers only, what it says is read when it is sent.';
CREATE TABLE public.ranking_models (
    id bigint NOT NULL,
    version integer NOT NULL,
    model jsonb NOT NULL,
    metrics jsonb NOT NULL
);
COMMENT ON TABLE public.ranking_models IS 'A `domain.feed.ranking.Model` that was trained, and how it did on what it had not seen. The last is in use.';
CREATE TABLE public.relations (
    id bigint NOT NULL,
    from_id bigint NOT NULL,
    to_id bigint NOT NULL,
    kind smallint NOT NULL
);
COMMENT ON TABLE public.relations IS 'How `from_id` stands to `to_id`: one row for each `kind`, which is a bit of `domain.graph.rows.Kind`.';
CREATE TABLE public.relay_state (
    id smallint NOT NULL,
    run_id character varying(40) NOT NULL,
    epoch character varying(32) NOT NULL
);
COMMENT ON TABLE public.relay_state IS 'One row: the Valkey that the outbox was last relayed to, by its run id and the epoch of its stream.';
CREATE TABLE public.saves (
    id bigint NOT NULL,
    user_id bigint NOT NULL,
    post_id bigint NOT NULL
);
COMMENT ON TABLE public.saves IS '`user_id` keeps a post for themselves.';
CREATE TABLE public.sessions (
    id bigint NOT NULL,
    nonce bytea NOT NULL,
    generation integer NOT NULL,
    rotated_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    user_id bigint NOT NULL
);
COMMENT ON TABLE public.sessions IS 'One sign-in and the family of refresh tokens that follow from it; `generation` counts the rotations.';
CREATE TABLE public.stories (
    id bigint NOT NULL,
    status character varying(12) NOT NULL,
    audience character varying(13) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    published_at timestamp with time zone,
    due_at timestamp with time zone,
    view_count bigint DEFAULT 0 NOT NULL,
    author_id bigint NOT NULL,
    upload_id bigint NOT NULL
);
COMMENT ON TABLE public.stories IS 'A photo or video that is shown for 24 hours from `published_at`, which has milliseconds.';
CREATE TABLE public.story_views (
    id bigint NOT NULL,
    story_id bigint NOT NULL,
    viewer_id bigint NOT NULL
);
COMMENT ON TABLE public.story_views IS '`viewer_id` has seen a story, in whose shard it lives. No foreign key: a popular story would be locked for each';
CREATE TABLE public.taggings (
    id bigint NOT NULL,
    hashtag_id bigint NOT NULL,
    post_id bigint NOT NULL,
    author_id bigint NOT NULL,
    published_at timestamp with time zone NOT NULL
);
COMMENT ON TABLE public.taggings IS 'A published post under one of its hashtags, on the side of the hashtag.';
CREATE TABLE public.tallies (
    id bigint NOT NULL,
    counts jsonb NOT NULL,
    sent_at timestamp with time zone
);
COMMENT ON TABLE public.tallies IS 'What has become more or fewer, `counts` of (counter, id, by), and is not in the counters yet.';
CREATE TABLE public.tortoise_migrations (
    id integer NOT NULL,
    app character varying(255) NOT NULL,
    name character varying(255) NOT NULL,
    applied_at timestamp with time zone NOT NULL
);
CREATE SEQUENCE public.tortoise_migrations_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.tortoise_migrations_id_seq OWNED BY public.tortoise_migrations.id;
CREATE TABLE public.uploads (
    id bigint NOT NULL,
    kind character varying(8) NOT NULL,
    content_type character varying(40) NOT NULL,
    byte_size bigint NOT NULL,
    token character varying(32) NOT NULL,
    status character varying(16) NOT NULL,
    media jsonb,
    rejection jsonb,
    attempt integer NOT NULL,
    claimed_until timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    owner_id bigint NOT NULL,
    used boolean DEFAULT false NOT NULL,
    doubt text,
    failures integer DEFAULT 0 NOT NULL,
    heavy boolean DEFAULT false NOT NULL,
    multipart text,
    original text,
    part_size integer,
    photo_filter character varying(16),
    progress double precision DEFAULT 0 NOT NULL,
    renditions jsonb,
    vetted boolean DEFAULT false NOT NULL
);
COMMENT ON TABLE public.uploads IS 'A file on its way from a client to its renditions.';
CREATE TABLE public.user_tags (
    id bigint NOT NULL,
    upload_id bigint NOT NULL,
    user_id bigint NOT NULL,
    "position" smallint NOT NULL,
    x double precision NOT NULL,
    y double precision NOT NULL
);
COMMENT ON TABLE public.user_tags IS '`user_id` is shown at (`x`, `y`) in the picture of `upload_id`, 0..1 from the left and the top.';
CREATE TABLE public.users (
    id bigint NOT NULL,
    username character varying(30) NOT NULL,
    email character varying(254) NOT NULL,
    display_name text NOT NULL,
    password_hash text NOT NULL,
    birth_date date NOT NULL,
    created_at timestamp with time zone NOT NULL,
    avatar jsonb,
    bio text DEFAULT ''::text NOT NULL,
    follower_count integer DEFAULT 0 NOT NULL,
    following_count integer DEFAULT 0 NOT NULL,
    is_private boolean DEFAULT false NOT NULL,
    is_verified boolean DEFAULT false NOT NULL,
    post_count integer DEFAULT 0 NOT NULL,
    status character varying(12) DEFAULT 'ACTIVE'::character varying NOT NULL,
    is_pulled boolean DEFAULT false NOT NULL
);
COMMENT ON TABLE public.users IS 'A person. `username` and `email` are stored in lower case.';
ALTER TABLE ONLY public.tortoise_migrations ALTER COLUMN id SET DEFAULT nextval('public.tortoise_migrations_id_seq'::regclass);
INSERT INTO public.acts VALUES
	(120979009398675456, 120979004227098624, 'FOLLOW', 120979004772757504, 120979008686043136, true, 120979009285429251),
	(120979009771968512, 120979004227098624, 'FOLLOW', 120979005207894016, 120979008756275200, true, 120979009285429251),
	(120979010006849537, 120979004227098624, 'FOLLOW', 120979006555433984, 120979008946187264, true, 120979009285429251),
	(120979010262030336, 120979005207894016, 'FOLLOW', 120979006093375488, 120979009939552256, true, 120979010232670208),
	(120979010262030337, 120979005207894016, 'FOLLOW_REQUEST', 120979004772757504, 120979009436823552, true, 120979010232670209),
	(120979010258907139, 120979004772757504, 'FOLLOW', 120979004227098624, 120979009155405824, true, 120979010212769792),
	(120979010262702085, 120979004227098624, 'FOLLOW', 120979006093375488, 120979008853227520, true, 120979009285429251),
	(120979010329139202, 120979005207894016, 'FOLLOW', 120979004227098624, 120979009822300160, true, 120979010232670208),
	(120979010342456320, 120979007020567552, 'FOLLOW', 120979004772757504, 120979009680093184, true, 120979010329873408),
	(120979010388531200, 120979004227098624, 'FOLLOW', 120979007020567552, 120979009050610688, true, 120979009285429251),
	(120979010610640896, 120979006093375488, 'FOLLOW_ACCEPTED', 120979005207894016, 120979009939552256, true, 120979010598057986),
	(120979010610829313, 120979004227098624, 'FOLLOW_ACCEPTED', 120979005207894016, 120979009822300160, true, 120979010598246400),
	(120979019117277185, 120979004772757504, 'MENTION', 120979004227098624, 120979011172866049, true, 120979019117277184),
	(120979019146237952, 120979004227098624, 'POST_PUBLISHED', 120979004227098624, 120979011172866049, true, 120979019133655042),
	(120979028684085249, 120979004227098624, 'POST_PUBLISHED', 120979004227098624, 120979020664576000, true, 120979028684085248),
	(120979030454081537, 120979004227098624, 'POST_PUBLISHED', 120979004227098624, 120979029011240960, true, 120979030454081536),
	(120979031750121473, 120979004227098624, 'POST_PUBLISHED', 120979004227098624, 120979030676379648, true, 120979031750121472),
	(120979033008812034, 120979004772757504, 'POST_PUBLISHED', 120979004772757504, 120979031997984768, true, 120979033008812032),
	(120979034249254913, 120979005207894016, 'POST_PUBLISHED', 120979005207894016, 120979033162930176, true, 120979034249254912),
	(120979035210484737, 120979007020567552, 'POST_PUBLISHED', 120979007020567552, 120979034182880256, true, 120979035210484736),
	(120979036229449729, 120979006093375488, 'POST_PUBLISHED', 120979006093375488, 120979035285731328, true, 120979036229449728),
	(120979036594941952, 120979004772757504, 'REPLY', 120979004227098624, 120979036368050176, true, 120979036578164740),
	(120979036598736897, 120979004227098624, 'COMMENT', 120979004772757504, 120979036275775489, true, 120979036581959680),
	(120979036632291329, 120979004227098624, 'COMMENT', 120979005207894016, 120979036422576128, true, 120979036581959680),
	(120979036649068544, 120979004227098624, 'COMMENT', 120979005643337728, 120979036481296384, true, 120979036581959680),
	(120979036661463041, 120979006093375488, 'MENTION', 120979004772757504, 120979036275775489, true, 120979036661463040),
	(120979036862978050, 120979004227098624, 'LIKE', 120979005643337728, 120979036611319810, true, 120979036862978048),
	(120979036934281216, 120979004227098624, 'LIKE', 120979004772757504, 120979036691011584, true, 120979036862978048),
	(120979036976224257, 120979004227098624, 'LIKE', 120979005207894016, 120979036732954624, true, 120979036862978048),
	(120979037022361600, 120979004227098624, 'LIKE', 120979006093375488, 120979036770703360, true, 120979036862978048),
	(120979037043333122, 120979004227098624, 'LIKE', 120979007020567552, 120979036825229312, true, 120979036862978048),
	(120979037068898308, 120979004772757504, 'COMMENT_LIKE', 120979004227098624, 120979036913309697, true, 120979037068898304),
	(120979037373247489, 120979005643337728, 'COMMENT_LIKE', 120979006093375488, 120979037127219200, true, 120979037373247488),
	(120979039128301569, 120979004772757504, 'STORY', 120979004227098624, 120979037764753408, true, 120979039128301568);
INSERT INTO public.attachments VALUES
	(120979008324933632, 0, NULL, NULL, 120979007255386112),
	(120979011172866051, 0, 'A lake', 120979011172866049, 120979010673743872),
	(120979011172866053, 1, NULL, 120979011172866049, 120979010820544512),
	(120979020664576001, 0, NULL, 120979020664576000, 120979020526163968),
	(120979030676379649, 0, 'A photo: No comments', 120979030676379648, 120979030546356224),
	(120979031997984769, 0, 'A photo: From bob', 120979031997984768, 120979031867961344),
	(120979033162930177, 0, 'A photo: For followers #secret', 120979033162930176, 120979033032906753),
	(120979034182880257, 0, 'A photo: From gus', 120979034182880256, 120979034069634048),
	(120979035285731329, 0, 'A photo: Eve', 120979035285731328, 120979035159902208);
INSERT INTO public.banned_pictures VALUES
	(120979060959477761, B'0101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101', 'It is banned.', '2026-11-30 20:07:35.812788+00');
INSERT INTO public.comments VALUES
	(120979036368050176, 120979011172866049, 120979036275775489, 120979004227098624, 'Thank you', '2026-11-30 20:07:29.948+00', 0, 0),
	(120979036422576128, 120979011172866049, NULL, 120979005207894016, 'Lovely', '2026-11-30 20:07:29.963+00', 0, 0),
	(120979036275775489, 120979011172866049, NULL, 120979004772757504, 'Hello @eve, look', '2026-11-30 20:07:29.928+00', 1, 1),
	(120979036481296384, 120979011172866049, NULL, 120979005643337728, 'Who is dan?', '2026-11-30 20:07:29.977+00', 1, 0),
	(120979059201841152, 120979011172866049, NULL, 120979004772757504, 'left in the #queue', '2026-11-30 20:07:35.392+00', 0, 0);
INSERT INTO public.conversation_log VALUES
	(120979042051332097, 120979004227098624, 1, 120979042049299456, 1, 120979041910887424, 120979042032522241),
	(120979042047537154, 120979004772757504, 1, 120979042049299456, 1, 120979041910887424, 120979042032522241),
	(120979042126829570, 120979004227098624, 2, 120979042124796929, 1, 120979041910887424, 120979042124796928),
	(120979042123034627, 120979004772757504, 2, 120979042124796929, 1, 120979041910887424, 120979042124796928),
	(120979042193938436, 120979004227098624, 3, 120979042191905794, 1, 120979041910887424, 120979042191905792),
	(120979042190143494, 120979004772757504, 3, 120979042191905794, 1, 120979041910887424, 120979042191905792),
	(120979042277824514, 120979004227098624, 4, 120979042275791873, 1, 120979041910887424, 120979042275791872),
	(120979042274029571, 120979004772757504, 4, 120979042275791873, 1, 120979041910887424, 120979042275791872),
	(120979042370099201, 120979004227098624, 5, 120979042368066560, 2, 120979041910887424, 120979042275791872),
	(120979042366304258, 120979004772757504, 5, 120979042368066560, 2, 120979041910887424, 120979042275791872),
	(120979042558842885, 120979004227098624, 6, 120979042556493828, 4, 120979042518745088, 120979004227098624),
	(120979042555047942, 120979004772757504, 6, 120979042556493828, 4, 120979042518745088, 120979004227098624),
	(120979042558171143, 120979005207894016, 1, 120979042556493828, 4, 120979042518745088, 120979004227098624),
	(120979042558654472, 120979006093375488, 1, 120979042556493828, 4, 120979042518745088, 120979004227098624),
	(120979042609174532, 120979004227098624, 7, 120979042606825474, 1, 120979042518745088, 120979042606825472),
	(120979042605379590, 120979004772757504, 7, 120979042606825474, 1, 120979042518745088, 120979042606825472),
	(120979042608502792, 120979005207894016, 2, 120979042606825474, 1, 120979042518745088, 120979042606825472),
	(120979042608986122, 120979006093375488, 2, 120979042606825474, 1, 120979042518745088, 120979042606825472),
	(120979042697254913, 120979004227098624, 8, 120979042694905856, 5, 120979042518745088, 120979006093375488),
	(120979042693459970, 120979004772757504, 8, 120979042694905856, 5, 120979042518745088, 120979006093375488),
	(120979042696583171, 120979005207894016, 3, 120979042694905856, 5, 120979042518745088, 120979006093375488),
	(120979042818889730, 120979004227098624, 9, 120979042818622465, 1, 120979042764096512, 120979042818622464),
	(120979042818952195, 120979007020567552, 1, 120979042818622465, 1, 120979042764096512, 120979042818622464),
	(120979059428333569, 120979004227098624, 10, 120979059426300928, 1, 120979041910887424, 120979059392746496),
	(120979059424538626, 120979004772757504, 9, 120979059426300928, 1, 120979041910887424, 120979059392746496);
INSERT INTO public.conversations VALUES
	(120979042518745088, NULL, NULL, 'The lake', 'fixture', '\x5208525b6de3388fce22b759fa08b46404b82afd7368c9f4b63c21fa120eb2f5dc9b5c69f95d21f7', 1, 120979042606825472, '2026-11-30 20:07:31.415+00', '2026-11-30 20:07:31.438+00'),
	(120979042764096512, 120979004227098624, 120979007020567552, NULL, 'fixture', '\x37e2f36dafb5292f245b1e9a0f2e5efef4c09306cf5fec49acd03feb2a6bff1fd149dd814d4294dc', 1, 120979042818622464, '2026-11-30 20:07:31.475+00', '2026-11-30 20:07:31.489+00'),
	(120979041910887424, 120979004227098624, 120979004772757504, NULL, 'fixture', '\x9e6374a9eb6a63a4a7422e2752734ccaef497f6ec853fb42e823dfdeca583e2bc1761380ef79937a', 5, 120979059392746496, '2026-11-30 20:07:31.27+00', '2026-11-30 20:07:35.441+00');
INSERT INTO public.devices VALUES
	(120979008526659584, 'APNS', 'd0d126e0ad37c49b99ccf0f03ed2870407d0bc81b22646f290e1f64c71b7e800', '5422e31933ca478171c369a9c556e20ae6d0507095d74f560134047504bc4fec', NULL, NULL, '2026-11-30 20:07:23.31+00', '2026-11-30 20:07:23.310393+00', 120979004772757505, 120979004772757504),
	(120979008605952000, 'WEB_PUSH', 'https://push.example/1', 'dfe3dcc2612f45618e790bb8b5c0f5c882b5c51663f2495ba152c57270951110', 'BBmTVVizuSc4wJVzKl9ivmW-SfCjMYccvWya4t-Q1syhND3V3kjLZjc8WiRhQ-XmecLzLuPKOgBh0PktXilL9kw', 'Ij_rcVsZ4xPy4xmfQBpe9A', '2026-11-30 20:07:23.331+00', '2026-11-30 20:07:23.331481+00', 120979004252264448, 120979004227098624);
INSERT INTO public.erasures VALUES
	(120979058979543040, 'aeb57b05cb33294e186835d21cbdb16f', '2026-11-30 20:07:35.296686+00', NULL, NULL, false);
INSERT INTO public.former_usernames VALUES
	(120979008421801984, '81b637d8fcd2c6da6359e6963113a1170de795e4b725b84d1e0b4cfd9ec58ce9', 120979004772757504, '2026-12-14 20:07:23.284662+00');
INSERT INTO public.hashtags VALUES
	(120979018909429761, 'sunrise', 1),
	(120979018907659264, 'lake', 2),
	(120979033967268866, 'secret', 1);
INSERT INTO public.highlight_stories VALUES
	(120979041803868161, 120979041803868160, 120979037764753408);
INSERT INTO public.highlights VALUES
	(120979041803868160, 120979004227098624, 'Lakes');
INSERT INTO public.idempotency_keys VALUES
	(120979011097368576, 120979004227098624, 'createPost', 'the first post', '\xb2b709f0e72441cac58bc2b05e9943511896b541825b901b5d4c5f6ca1e9ab27', '[120979011172866049]', '2026-11-30 20:07:23.92466+00'),
	(120979036271980544, 120979004772757504, 'addComment', 'hello', '\x3b867badf9260850c59738c3d02a3f3ff9cc7c56def3166c1139dc092d3abfb7', '[120979036275775489]', '2026-11-30 20:07:29.928547+00'),
	(120979042030759936, 120979004772757504, 'sendMessage', 'lake', '\xfecf219be50d4fc406fab658a77ef3de24a9753ac17be17ff5ddd73749651a01', '[120979042032522241]', '2026-11-30 20:07:31.301516+00');
INSERT INTO public.impressions VALUES
	(120979037383471104, 120979004772757504, 120979011172866049, 0, 'RANKED', 4404, 0, 0, 2, 41, 2, true, 0.47368420327322486);
INSERT INTO public.inboxes VALUES
	(120979006093375488, 2, 0),
	(120979005207894016, 3, 0),
	(120979007020567552, 1, 0),
	(120979004227098624, 10, 0),
	(120979004772757504, 9, 0);
INSERT INTO public.jobs VALUES
	(120979059021486080, 'erase post', 120979029011240960, '2026-11-30 20:08:35.296686+00', '2026-11-30 20:07:35.296686+00'),
	(120979060850699264, 'withdraw media', 120979006555433984, '2026-11-30 20:07:35.781875+00', '2026-11-30 20:07:35.781875+00'),
	(120979060850699265, 'erase account', 120979006555433984, '2026-11-30 20:08:35.781875+00', '2026-11-30 20:07:35.781875+00');
INSERT INTO public.likes VALUES
	(120979036611319810, 120979011172866049, 120979005643337728),
	(120979036691011584, 120979011172866049, 120979004772757504),
	(120979036732954624, 120979011172866049, 120979005207894016),
	(120979036770703360, 120979011172866049, 120979006093375488),
	(120979036825229312, 120979011172866049, 120979007020567552),
	(120979036913309697, 120979036275775489, 120979004227098624),
	(120979037127219200, 120979036481296384, 120979006093375488),
	(120979058602055680, 120979029011240960, 120979004772757504);
INSERT INTO public.locations VALUES
	(120979011170427904, 'c7cd4ea3c3e8bd987f9ef87ece8d1e5b314e6d004224ce8b408036d7eee8d19f', 'Lake of tests', 46.5, 6.6);
INSERT INTO public.members VALUES
	(120979042556493824, 120979042518745088, 120979004227098624, '2026-11-30 20:07:31.415+00', 0, 0, NULL, 1, false, false, '2026-11-30 20:07:31.438+00'),
	(120979042556493825, 120979042518745088, 120979004772757504, '2026-11-30 20:07:31.415+00', 0, 0, NULL, 1, false, false, '2026-11-30 20:07:31.438+00'),
	(120979042556493826, 120979042518745088, 120979005207894016, '2026-11-30 20:07:31.415+00', 0, 0, NULL, 1, false, false, '2026-11-30 20:07:31.438+00'),
	(120979042764096513, 120979042764096512, 120979007020567552, '2026-11-30 20:07:31.475+00', 0, 1, 120979042818622464, 0, false, false, '2026-11-30 20:07:31.489+00'),
	(120979042764096514, 120979042764096512, 120979004227098624, '2026-11-30 20:07:31.475+00', 0, 0, NULL, 1, true, false, '2026-11-30 20:07:31.489+00'),
	(120979041910887425, 120979041910887424, 120979004772757504, '2026-11-30 20:07:31.27+00', 0, 4, 120979042275791872, 1, false, false, '2026-11-30 20:07:35.441+00'),
	(120979041910887427, 120979041910887424, 120979004227098624, '2026-11-30 20:07:31.27+00', 0, 5, 120979059392746496, 0, false, false, '2026-11-30 20:07:35.441+00');
INSERT INTO public.mentions VALUES
	(120979011202226176, 120979011172866049, 120979004772757504, 0),
	(120979036275775491, 120979036275775489, 120979006093375488, 0);
INSERT INTO public.messages VALUES
	(120979042032522241, 120979041910887424, 1, 120979004772757504, '\x513ef537902230076e3ab011874d797efca1bfb66b7387ae6cde948f44fd095debded4f878ae28d558f9945e34', NULL, NULL, NULL, 'lake', '2026-11-30 20:07:31.302+00', NULL),
	(120979042124796928, 120979041910887424, 2, 120979004227098624, '\x2e9987b2428e13925921efc3065c861fe6edecb9069e0d18402d8b9750ae5569', NULL, NULL, 120979042032522241, NULL, '2026-11-30 20:07:31.324+00', NULL),
	(120979042191905792, 120979041910887424, 3, 120979004227098624, NULL, 2, 120979011172866049, NULL, NULL, '2026-11-30 20:07:31.339+00', NULL),
	(120979042275791872, 120979041910887424, 4, 120979004772757504, NULL, NULL, NULL, NULL, NULL, '2026-11-30 20:07:31.36+00', '2026-11-30 20:07:31.37994+00'),
	(120979042606825472, 120979042518745088, 1, 120979006093375488, '\x02f2ecf8d70e4f52acc1ae5efa26584f73a6763b80a82ef0c3a8e99fd66fa1b4eeb407a33da74f4e5541a596', NULL, NULL, NULL, NULL, '2026-11-30 20:07:31.438+00', NULL),
	(120979042818622464, 120979042764096512, 1, 120979007020567552, '\x698b90d78b43c12fa1f2b22d3046a426456b61b5b7a5bbdc38300080d75548bc8752fbbb17d11e69c735f723a2ba7ccb739932c18b', NULL, NULL, NULL, NULL, '2026-11-30 20:07:31.489+00', NULL),
	(120979059392746496, 120979041910887424, 5, 120979004227098624, '\x989b147c7b543b5eaae4441316c93fa5e51f4e868c4862a7cb972378796e1b63783590ca8e95d645c7c5bbf5a3', NULL, NULL, NULL, NULL, '2026-11-30 20:07:35.441+00', NULL);
INSERT INTO public.mls_deliveries VALUES
	(120979045772079105, 1, 120979045775874048, 120979045235208192),
	(120979045868548097, 2, 120979045872343040, 120979045235208192);
INSERT INTO public.mls_devices VALUES
	(120979044567914496, '\x35c30c8f9f7725a6aad68391f53e812de6d4b98484f14e737c96293fcd666600', 0, '2026-11-30 20:07:31.997407+00', 120979004227098624),
	(120979045235208192, '\x3937572f03186943d2ced5298d14bacd07e5628471c1a52e21c668120fb5b7b4', 2, '2026-11-30 20:07:32.087315+00', 120979004772757504);
INSERT INTO public.mls_groups VALUES
	(120979045394192384, 1);
INSERT INTO public.mls_key_packages VALUES
	(120979045054453760, '\xb7ada094493c693694b9e9faa952ca8180daf5ca0e167b5ffc071db542292186', '\x000100050001000120a366a34ab8c4e007454393be3cc82690ee67481d56e0d194a2b3d49fea531d3920ff19e73d07158b406115f94c6a84b725cc30072a31eee527290f7b8c1230df2b2035c30c8f9f7725a6aad68391f53e812de6d4b98484f14e737c96293fcd666600000119415147747a634e73504a67412f445147747a637a51764a674102000102000102000a0002000101000000006b0dc973000000006b847e830040405bde70500389527bbab846b5a91806acbe0107624bc8d7321be70e908df574854816788e1534f80ca8353d7e4b574ad2a8e221ff8ec8b61f2a3525b16d62b602004040ca2dc81c81bb5ce630a4d7cc6ad7c0b822532ef7d8eb0d77aaef3b8a5429942f5e6ce84ac4e3c3763f447dd6df0e51af8cd38e23789b9447c51a7ca4c64c0402', false, NULL, '2027-02-28 20:07:31+00', 120979044567914496),
	(120979045054453761, '\xb34ac92b8263cfb46f50327191923fc788331486ee7d847159d75de8ae11dffa', '\x00010005000100012058796b9010c06d0d2e29371ea51efae2628cf540a635dd50e560e17441ad561920c0039712f6714729a12543730360fbd899a8a39174beb28e5fad4b49cb28fc342035c30c8f9f7725a6aad68391f53e812de6d4b98484f14e737c96293fcd666600000119415147747a634e73504a67412f445147747a637a51764a674102000102000102000a0002000101000000006b0dc973000000006b847e83004040f955499df7bfe583b2b50eefa171457730dcfb5e7ef7828d39377740735f25e19ecde17293b8a10247ac29ca1055a1df9d3f520107bf682fe81451111edc210c004040078df7a612853f64a06d2792052ff699a6e298485d4f27c0e362b5f8253ad744f585c5e158f449a3dff027fc74cd7412e6dc3087674cc7a758a51531dd733d0d', false, NULL, '2027-02-28 20:07:31+00', 120979044567914496),
	(120979045327482881, '\x986923957f8c46f3269e225f72d4bd5bb81e0795ac193dfb6d99104d251ea76b', '\x000100050001000120c8269a653507eefb5f44cd19319ff47f4d757d24a4a63ca504ff3075745e2d72200ce32e53fb47ca29776a6de5245a6d033011ab70a57b1445338391ebb8cbe047203937572f03186943d2ced5298d14bacd07e5628471c1a52e21c668120fb5b7b4000119415147747a634f4d777241412f445147747a637a346772414102000102000102000a0002000101000000006b0dc974000000006b847e8400404024d239846dcffb6ad0fc7c2581da179841bb8a9a28861311761c3f4944ba72961d5753f05cdb826ae87d90eb812601001fe88b11f1dbc1a917c909d67547a600004040fdda6e393ed813818217aa9af384a29f67345f90b7ade43ba9976faf6f51c49fe99cd0e55f059d83c6266d194b4e4cbd548ebaaee7a0a6ecb336c9ad75938704', false, NULL, '2027-02-28 20:07:32+00', 120979045235208192),
	(120979045327482880, '\xa8bd1d2e365fba08f8162fe2baeaa76dbfb26919c725b1ea8f8179a0da594153', NULL, false, 120979045394192384, '2027-02-28 20:07:32+00', 120979045235208192);
INSERT INTO public.mls_members VALUES
	(120979045394192385, 120979044567914496, 120979004227098624, 0, 120979045394192384),
	(120979045763291136, 120979045235208192, 120979004772757504, 1, 120979045394192384);
INSERT INTO public.mls_messages VALUES
	(120979045775874048, 120979045394192384, 1, 'WELCOME', '\x000100030001407620a8bd1d2e365fba08f8162fe2baeaa76dbfb26919c725b1ea8f8179a0da5941532020d9b7145f45bbabd4edfa5eb35eca7a7d55c5a6dd063372154451a7718c83013323faa1b60da63b69f4b971b454c7eda35973e104e54a88ace0cf0f8645949c5bc08ff30384e848f683f0e5496e9a398081426b425e05426d0b3f5943dafb5a38a9b5a3693e052d4fcdc4ccfc01388816852a9178d633dfe29795e0f8d13fc267ff1222d20d5e52ef13dd96a209ed5eedf1ab5d1e17cbd38f60dd6448a06f1c0a730d4fcb5b84ec454eb006554c32a5aabe080e647a42c62482b40789ec39394867537764669ffc239f38ba4f7f3dc4359d961dc64f06268b1458318aa1942a848241f901ac0849d68d69c4ddcb0953222f7505ecb2a06cd5b080bfd052fea0d11401f00e36bfeedb782573e809d2e9ddc29e634cb81318d67a06d51f82541b71f1c706b662b362798130f29167295d02eae270ef35f9c3ad102572625c0b3231bee0867572e06fb3230eb48ee2967acf65a2263b6b804478ec0a8f90a919b2acc3bfa184595e2ed4c04877d6a025e77ab03cffc7b8cb79f525b3238dd5e8c14e6a464f6dc11aaf5d13aeb2bbc875cd2ac3caed63a7f85a0edc9616bd8d63a40cdc61ab4ba6c62424e72a68e27afbf3772198c35ffbf274ddb9209f01dcebfedf46f7470ee6980577d5ef4621e974fa1e55f295ec97f2dbfbc7845c087536281f962b31031192a0f7d11a994b4d326f1e8bf6acce1051262e844296c10185102b37a19fbf24740bb2caf31449b6084a6f65813dc58224949c829f397ecd4b6eacbeb94e7b69099e55c46b256632206b7f4eb2951a87870998ff6c15114968098048c5adaa920896b327e23c4955f634b4f55cf3ad18d84b1072dfebf568bc98f0d83cc035d220127c3cb772b65962fb6999d462e98598e093804e18f933da10554ffb0e0d8bbb6879eae2a87e87540763dfa2228bf3739ed3ff4c0fa5405bfb580fdffbd8f339cafd57b3deaef455c7063cde98'),
	(120979045872343040, 120979045394192384, 1, 'APPLICATION', '\x000100020c446747747a6330425f4a6741000000000000000101001c225f100931aac31ddce15c5de5678006eb6143c8d5d4a4f39e61c98a411070733b14172eea8fd071e1efc11d0806c8d6cedfdb94ae028689fc6285c3b05a311e481fc87a13c115402dca0e915ec480604c3f1e4068401ed155baa0f43a13838eaa0a1f056f4d489031ffc564f8f9334b2e7723785946893a11ea5f72ae9c6e2027c05d9c379b52715865fb2a1b50a9f2c5db389b3df281389c8760e37902ddd6f1e5837771e3c9928aa5631e4a84670e292fdd0cd7ed671d45633cb11bc6803b094829d51e12c052e6681b9982d40f56d63e2dd117c29abe83baf073ca03e57c8626012845084950519c66ed6acd25f8052a865427f421d36d4c4381e93e9bbb09063371995487bb5e060a811bc1dbe7ce3c3735992d732d1afde14b30030c86c3f63b867c8723276c170b72247d');
INSERT INTO public.notification_marks VALUES
	(120979004227098624, '2026-11-30 20:07:34.305101+00');
INSERT INTO public.notifications VALUES
	(120979010212769792, 120979004772757504, 'FOLLOW', 1, 120979004772757504, 1, true, '2026-11-30 20:07:23.704+00', '2026-11-30 20:07:23.74+00'),
	(120979010232670209, 120979005207894016, 'FOLLOW_REQUEST', 1, 120979005207894016, 1, true, '2026-11-30 20:07:23.704+00', '2026-11-30 20:07:23.741+00'),
	(120979010329873408, 120979007020567552, 'FOLLOW', 1, 120979007020567552, 1, true, '2026-11-30 20:07:23.737+00', '2026-11-30 20:07:23.75+00'),
	(120979010232670208, 120979005207894016, 'FOLLOW', 1, 120979005207894016, 2, true, '2026-11-30 20:07:23.716+00', '2026-11-30 20:07:23.751+00'),
	(120979010598057986, 120979006093375488, 'FOLLOW_ACCEPTED', 1, 120979005207894016, 1, true, '2026-11-30 20:07:23.808+00', '2026-11-30 20:07:23.811+00'),
	(120979010598246400, 120979004227098624, 'FOLLOW_ACCEPTED', 1, 120979005207894016, 1, true, '2026-11-30 20:07:23.797+00', '2026-11-30 20:07:23.813+00'),
	(120979019117277184, 120979004772757504, 'MENTION', 2, 120979011172866049, 1, true, '2026-11-30 20:07:25.836+00', '2026-11-30 20:07:25.84+00'),
	(120979019133655042, 120979004227098624, 'POST_PUBLISHED', 2, 120979011172866049, 1, true, '2026-11-30 20:07:25.844+00', '2026-11-30 20:07:25.845+00'),
	(120979028684085248, 120979004227098624, 'POST_PUBLISHED', 2, 120979020664576000, 1, true, '2026-11-30 20:07:28.118+00', '2026-11-30 20:07:28.12+00'),
	(120979030454081536, 120979004227098624, 'POST_PUBLISHED', 2, 120979029011240960, 1, true, '2026-11-30 20:07:28.54+00', '2026-11-30 20:07:28.544+00'),
	(120979031750121472, 120979004227098624, 'POST_PUBLISHED', 2, 120979030676379648, 1, true, '2026-11-30 20:07:28.848+00', '2026-11-30 20:07:28.851+00'),
	(120979033008812032, 120979004772757504, 'POST_PUBLISHED', 2, 120979031997984768, 1, true, '2026-11-30 20:07:29.15+00', '2026-11-30 20:07:29.155+00'),
	(120979034249254912, 120979005207894016, 'POST_PUBLISHED', 2, 120979033162930176, 1, true, '2026-11-30 20:07:29.444+00', '2026-11-30 20:07:29.45+00'),
	(120979035210484736, 120979007020567552, 'POST_PUBLISHED', 2, 120979034182880256, 1, true, '2026-11-30 20:07:29.673+00', '2026-11-30 20:07:29.677+00'),
	(120979036229449728, 120979006093375488, 'POST_PUBLISHED', 2, 120979035285731328, 1, true, '2026-11-30 20:07:29.917+00', '2026-11-30 20:07:29.919+00'),
	(120979036578164740, 120979004772757504, 'REPLY', 5, 120979036275775489, 1, true, '2026-11-30 20:07:30.002+00', '2026-11-30 20:07:30.008+00'),
	(120979036581959680, 120979004227098624, 'COMMENT', 2, 120979011172866049, 3, true, '2026-11-30 20:07:29.993+00', '2026-11-30 20:07:30.019+00'),
	(120979036661463040, 120979006093375488, 'MENTION', 5, 120979036275775489, 1, true, '2026-11-30 20:07:30.019+00', '2026-11-30 20:07:30.023+00'),
	(120979036862978048, 120979004227098624, 'LIKE', 2, 120979011172866049, 5, true, '2026-11-30 20:07:30.062+00', '2026-11-30 20:07:30.117+00'),
	(120979037068898304, 120979004772757504, 'COMMENT_LIKE', 5, 120979036275775489, 1, true, '2026-11-30 20:07:30.115+00', '2026-11-30 20:07:30.122+00'),
	(120979037373247488, 120979005643337728, 'COMMENT_LIKE', 5, 120979036481296384, 1, true, '2026-11-30 20:07:30.189+00', '2026-11-30 20:07:30.192+00'),
	(120979009285429251, 120979004227098624, 'FOLLOW', 1, 120979004227098624, 5, true, '2026-11-30 20:07:23.468+00', '2026-11-30 20:07:23.776+00'),
	(120979039128301568, 120979004772757504, 'STORY', 16, 120979037764753408, 1, true, '2026-11-30 20:07:30.609+00', '2026-11-30 20:07:30.611+00');
INSERT INTO public.outbox VALUES
	(120979008686043137, 'FollowChanged', '{"type": "FollowChanged", "accepted": false, "followee_id": 120979004227098624, "follower_id": 120979004772757504}', '2026-11-30 20:07:23.344888+00', '2026-11-30 20:07:23.383164+00'),
	(120979008756275201, 'FollowChanged', '{"type": "FollowChanged", "accepted": false, "followee_id": 120979004227098624, "follower_id": 120979005207894016}', '2026-11-30 20:07:23.367161+00', '2026-11-30 20:07:23.383164+00'),
	(120979008797454337, 'FollowChanged', '{"type": "FollowChanged", "accepted": false, "followee_id": 120979004227098624, "follower_id": 120979005643337728}', '2026-11-30 20:07:23.37682+00', '2026-11-30 20:07:23.383164+00'),
	(120979008853227521, 'FollowChanged', '{"type": "FollowChanged", "accepted": false, "followee_id": 120979004227098624, "follower_id": 120979006093375488}', '2026-11-30 20:07:23.38898+00', '2026-11-30 20:07:23.428375+00'),
	(120979008946187265, 'FollowChanged', '{"type": "FollowChanged", "accepted": false, "followee_id": 120979004227098624, "follower_id": 120979006555433984}', '2026-11-30 20:07:23.40968+00', '2026-11-30 20:07:23.428375+00'),
	(120979009050610689, 'FollowChanged', '{"type": "FollowChanged", "accepted": false, "followee_id": 120979004227098624, "follower_id": 120979007020567552}', '2026-11-30 20:07:23.432709+00', '2026-11-30 20:07:23.428375+00'),
	(120979009155405825, 'FollowChanged', '{"type": "FollowChanged", "accepted": false, "followee_id": 120979004772757504, "follower_id": 120979004227098624}', '2026-11-30 20:07:23.460654+00', '2026-11-30 20:07:23.61058+00'),
	(120979009285429249, 'FollowChanged', '{"type": "FollowChanged", "accepted": false, "followee_id": 120979005207894016, "follower_id": 120979004227098624}', '2026-11-30 20:07:23.489534+00', '2026-11-30 20:07:23.61058+00'),
	(120979009436823553, 'FollowChanged', '{"type": "FollowChanged", "accepted": false, "followee_id": 120979005207894016, "follower_id": 120979004772757504}', '2026-11-30 20:07:23.52502+00', '2026-11-30 20:07:23.61058+00'),
	(120979009570453505, 'FollowChanged', '{"type": "FollowChanged", "accepted": false, "followee_id": 120979005207894016, "follower_id": 120979006093375488}', '2026-11-30 20:07:23.560723+00', '2026-11-30 20:07:23.61058+00'),
	(120979009680093185, 'FollowChanged', '{"type": "FollowChanged", "accepted": false, "followee_id": 120979007020567552, "follower_id": 120979004772757504}', '2026-11-30 20:07:23.586322+00', '2026-11-30 20:07:23.61058+00'),
	(120979009822300161, 'FollowChanged', '{"type": "FollowChanged", "accepted": true, "followee_id": 120979005207894016, "follower_id": 120979004227098624}', '2026-11-30 20:07:23.619755+00', '2026-11-30 20:07:23.691619+00'),
	(120979009939552257, 'FollowChanged', '{"type": "FollowChanged", "accepted": true, "followee_id": 120979005207894016, "follower_id": 120979006093375488}', '2026-11-30 20:07:23.647053+00', '2026-11-30 20:07:23.691619+00'),
	(120979010078552065, 'FollowChanged', '{"type": "FollowChanged", "accepted": false, "followee_id": 120979007020567552, "follower_id": 120979004772757504}', '2026-11-30 20:07:23.683829+00', '2026-11-30 20:07:23.691619+00'),
	(120979018898774016, 'PostPublished', '{"type": "PostPublished", "after": 0, "post_id": 120979011172866049, "author_id": 120979004227098624, "is_pulled": false}', '2026-11-30 20:07:25.772192+00', '2026-11-30 20:07:25.828248+00'),
	(120979028449204224, 'PostPublished', '{"type": "PostPublished", "after": 0, "post_id": 120979020664576000, "author_id": 120979004227098624, "is_pulled": false}', '2026-11-30 20:07:28.044737+00', '2026-11-30 20:07:28.094306+00'),
	(120979030336641024, 'PostPublished', '{"type": "PostPublished", "after": 0, "post_id": 120979029011240960, "author_id": 120979004227098624, "is_pulled": false}', '2026-11-30 20:07:28.497658+00', '2026-11-30 20:07:28.533024+00'),
	(120979031590737920, 'PostPublished', '{"type": "PostPublished", "after": 0, "post_id": 120979030676379648, "author_id": 120979004227098624, "is_pulled": false}', '2026-11-30 20:07:28.80868+00', '2026-11-30 20:07:28.842541+00'),
	(120979032849428480, 'PostPublished', '{"type": "PostPublished", "after": 0, "post_id": 120979031997984768, "author_id": 120979004772757504, "is_pulled": false}', '2026-11-30 20:07:29.099429+00', '2026-11-30 20:07:29.138225+00'),
	(120979033968236544, 'PostPublished', '{"type": "PostPublished", "after": 0, "post_id": 120979033162930176, "author_id": 120979005207894016, "is_pulled": false}', '2026-11-30 20:07:29.3758+00', '2026-11-30 20:07:29.428219+00'),
	(120979035000769536, 'PostPublished', '{"type": "PostPublished", "after": 0, "post_id": 120979034182880256, "author_id": 120979007020567552, "is_pulled": false}', '2026-11-30 20:07:29.612029+00', '2026-11-30 20:07:29.665473+00'),
	(120979036053288960, 'PostPublished', '{"type": "PostPublished", "after": 0, "post_id": 120979035285731328, "author_id": 120979006093375488, "is_pulled": false}', '2026-11-30 20:07:29.873013+00', '2026-11-30 20:07:29.91129+00'),
	(120979036288358400, 'CommentAdded', '{"type": "CommentAdded", "comment_id": 120979036275775489}', '2026-11-30 20:07:29.928547+00', '2026-11-30 20:07:29.973975+00'),
	(120979036368050178, 'CommentAdded', '{"type": "CommentAdded", "comment_id": 120979036368050176}', '2026-11-30 20:07:29.94859+00', '2026-11-30 20:07:29.973975+00'),
	(120979036422576130, 'CommentAdded', '{"type": "CommentAdded", "comment_id": 120979036422576128}', '2026-11-30 20:07:29.96314+00', '2026-11-30 20:07:29.973975+00'),
	(120979036481296386, 'CommentAdded', '{"type": "CommentAdded", "comment_id": 120979036481296384}', '2026-11-30 20:07:29.977137+00', '2026-11-30 20:07:29.988037+00'),
	(120979036611319812, 'LikeChanged', '{"type": "LikeChanged", "user_id": 120979005643337728, "subject_id": 120979011172866049}', '2026-11-30 20:07:30.007824+00', '2026-11-30 20:07:30.055254+00'),
	(120979036691011585, 'LikeChanged', '{"type": "LikeChanged", "user_id": 120979004772757504, "subject_id": 120979011172866049}', '2026-11-30 20:07:30.02731+00', '2026-11-30 20:07:30.055254+00'),
	(120979036732954625, 'LikeChanged', '{"type": "LikeChanged", "user_id": 120979005207894016, "subject_id": 120979011172866049}', '2026-11-30 20:07:30.037293+00', '2026-11-30 20:07:30.055254+00'),
	(120979036770703361, 'LikeChanged', '{"type": "LikeChanged", "user_id": 120979006093375488, "subject_id": 120979011172866049}', '2026-11-30 20:07:30.046694+00', '2026-11-30 20:07:30.055254+00'),
	(120979036825229313, 'LikeChanged', '{"type": "LikeChanged", "user_id": 120979007020567552, "subject_id": 120979011172866049}', '2026-11-30 20:07:30.058874+00', '2026-11-30 20:07:30.062548+00'),
	(120979036913309698, 'LikeChanged', '{"type": "LikeChanged", "user_id": 120979004227098624, "subject_id": 120979036275775489}', '2026-11-30 20:07:30.079857+00', '2026-11-30 20:07:30.092476+00'),
	(120979037127219201, 'LikeChanged', '{"type": "LikeChanged", "user_id": 120979006093375488, "subject_id": 120979036481296384}', '2026-11-30 20:07:30.129145+00', '2026-11-30 20:07:30.177589+00'),
	(120979037469716480, 'FollowChanged', '{"type": "FollowChanged", "accepted": false, "followee_id": 120979004227098624, "follower_id": 120979005643337728}', '2026-11-30 20:07:30.207413+00', '2026-11-30 20:07:30.247996+00'),
	(120979038859466752, 'StoryPublished', '{"type": "StoryPublished", "after": 0, "story_id": 120979037764753408, "author_id": 120979004227098624}', '2026-11-30 20:07:30.522721+00', '2026-11-30 20:07:30.580667+00'),
	(120979040100980736, 'StoryPublished', '{"type": "StoryPublished", "after": 0, "story_id": 120979039316645888, "author_id": 120979004227098624}', '2026-11-30 20:07:30.838005+00', '2026-11-30 20:07:30.864209+00'),
	(120979041418054656, 'StoryPublished', '{"type": "StoryPublished", "after": 0, "story_id": 120979040428198912, "author_id": 120979007020567552}', '2026-11-30 20:07:31.147081+00', '2026-11-30 20:07:31.177717+00'),
	(120979058602055681, 'LikeChanged', '{"type": "LikeChanged", "user_id": 120979004772757504, "subject_id": 120979029011240960}', '2026-11-30 20:07:35.24922+00', NULL),
	(120979059021486081, 'PostDeleted', '{"type": "PostDeleted", "after": 0, "post_id": 120979029011240960, "author_id": 120979004227098624, "is_pulled": false}', '2026-11-30 20:07:35.296686+00', NULL),
	(120979059201841154, 'CommentAdded', '{"type": "CommentAdded", "comment_id": 120979059201841152}', '2026-11-30 20:07:35.392684+00', NULL);
INSERT INTO public.posts VALUES
	(120979020664576000, 'PUBLISHED', 'It moves #lake', '2026-11-30 20:07:26.206+00', '2026-11-30 20:07:28.054+00', 120979004227098624, 0, false, NULL, '{lake}', 0, NULL),
	(120979030676379648, 'PUBLISHED', 'No comments, please', '2026-11-30 20:07:28.592+00', '2026-11-30 20:07:28.811+00', 120979004227098624, 0, true, '2026-11-30 20:07:28.864+00', '{}', 0, NULL),
	(120979031997984768, 'PUBLISHED', 'From bob', '2026-11-30 20:07:28.908+00', '2026-11-30 20:07:29.105+00', 120979004772757504, 0, false, NULL, '{}', 0, NULL),
	(120979033162930176, 'PUBLISHED', 'For followers #secret', '2026-11-30 20:07:29.185+00', '2026-11-30 20:07:29.378+00', 120979005207894016, 0, false, NULL, '{secret}', 0, NULL),
	(120979034182880256, 'PUBLISHED', 'From gus', '2026-11-30 20:07:29.429+00', '2026-11-30 20:07:29.617+00', 120979007020567552, 0, false, NULL, '{}', 0, NULL),
	(120979035285731328, 'PUBLISHED', 'Eve', '2026-11-30 20:07:29.692+00', '2026-11-30 20:07:29.875+00', 120979006093375488, 0, false, NULL, '{}', 0, NULL),
	(120979011172866049, 'PUBLISHED', 'Morning #sunrise at the #lake with @bobby', '2026-11-30 20:07:23.924+00', '2026-11-30 20:07:25.778+00', 120979004227098624, 4, false, NULL, '{sunrise,lake}', 5, 120979011170427904);
INSERT INTO public.pushed_anyway VALUES
	(120979061001420800, 120979004227098624, 120979004772757504);
INSERT INTO public.pushes VALUES
	(120979009637750784, 120979004227098624, 'notification', 120979009285429251, 'notification 120979009285429251', false, 0, 0, NULL, '2026-11-30 20:07:23.468087+00', '2026-11-30 20:07:53.468087+00'),
	(120979010338598914, 120979004772757504, 'notification', 120979010212769792, 'notification 120979010212769792', false, 0, 0, NULL, '2026-11-30 20:07:23.704364+00', '2026-11-30 20:07:53.704364+00'),
	(120979010631800832, 120979004227098624, 'notification', 120979010598246400, 'notification 120979010598246400', false, 0, 0, NULL, '2026-11-30 20:07:23.797861+00', '2026-11-30 20:07:53.797861+00'),
	(120979019146237953, 120979004227098624, 'notification', 120979019133655042, 'notification 120979019133655042', false, 0, 0, NULL, '2026-11-30 20:07:25.844025+00', '2026-11-30 20:07:55.844025+00'),
	(120979019129860096, 120979004772757504, 'notification', 120979019117277184, 'notification 120979019117277184', true, 0, 1, '{120979008526659584}', '2026-11-30 20:07:25.836887+00', '2026-11-30 20:07:36.867651+00'),
	(120979028696668160, 120979004227098624, 'notification', 120979028684085248, 'notification 120979028684085248', false, 0, 0, NULL, '2026-11-30 20:07:28.118281+00', '2026-11-30 20:07:58.118281+00'),
	(120979030470858752, 120979004227098624, 'notification', 120979030454081536, 'notification 120979030454081536', false, 0, 0, NULL, '2026-11-30 20:07:28.540136+00', '2026-11-30 20:07:58.540136+00'),
	(120979031762704384, 120979004227098624, 'notification', 120979031750121472, 'notification 120979031750121472', false, 0, 0, NULL, '2026-11-30 20:07:28.848286+00', '2026-11-30 20:07:58.848286+00'),
	(120979033029783552, 120979004772757504, 'notification', 120979033008812032, 'notification 120979033008812032', false, 0, 0, NULL, '2026-11-30 20:07:29.150359+00', '2026-11-30 20:07:59.150359+00'),
	(120979036632291328, 120979004227098624, 'notification', 120979036581959680, 'notification 120979036581959680', false, 0, 0, NULL, '2026-11-30 20:07:29.993381+00', '2026-11-30 20:07:59.993381+00'),
	(120979036913309700, 120979004227098624, 'notification', 120979036862978048, 'notification 120979036862978048', false, 0, 0, NULL, '2026-11-30 20:07:30.06284+00', '2026-11-30 20:08:00.06284+00'),
	(120979037089869824, 120979004772757504, 'notification', 120979037068898304, 'notification 120979037068898304', false, 0, 0, NULL, '2026-11-30 20:07:30.115042+00', '2026-11-30 20:08:00.115042+00'),
	(120979036607524864, 120979004772757504, 'notification', 120979036578164740, 'notification 120979036578164740', true, 0, 1, '{120979008526659584}', '2026-11-30 20:07:30.002503+00', '2026-11-30 20:07:44.998074+00'),
	(120979039128301571, 120979004772757504, 'notification', 120979039128301568, 'notification 120979039128301568', false, 0, 0, NULL, '2026-11-30 20:07:30.609644+00', '2026-11-30 20:08:00.609644+00'),
	(120979042605379598, 120979004772757504, 'message', 120979042606825472, 'conversation 120979042518745088', true, 0, 1, '{120979008526659584}', '2026-11-30 20:07:31.438354+00', '2026-11-30 20:07:43.232424+00'),
	(120979042609174540, 120979004227098624, 'message', 120979042606825472, 'conversation 120979042518745088', true, 0, 1, '{120979008605952000}', '2026-11-30 20:07:31.438354+00', '2026-11-30 20:07:45.542314+00'),
	(120979059424538628, 120979004772757504, 'message', 120979059392746496, 'conversation 120979041910887424', true, 0, 0, NULL, '2026-11-30 20:07:35.431496+00', '2026-11-30 20:07:35.431496+00');
INSERT INTO public.ranking_models VALUES
	(120979060959477760, 2, '{"mean": [2.5, 2.0, 0.7, 1.5, 3.0, 1.0, 0.3, 0.2], "scale": [1.2, 1.3, 0.8, 1.2, 1.6, 2.0, 0.46, 0.25], "version": 2, "features": ["age", "likes", "comments", "photos", "caption", "hashtags", "location", "tie"], "intercept": -2.2, "coefficients": [-0.5, 0.3, 0.2, 0.1, 0.05, -0.05, 0.05, 0.8]}', '{}');
INSERT INTO public.relations VALUES
	(120979008686043136, 120979004772757504, 120979004227098624, 1),
	(120979008756275200, 120979005207894016, 120979004227098624, 1),
	(120979008853227520, 120979006093375488, 120979004227098624, 1),
	(120979008946187264, 120979006555433984, 120979004227098624, 1),
	(120979009050610688, 120979007020567552, 120979004227098624, 1),
	(120979009155405824, 120979004227098624, 120979004772757504, 1),
	(120979009436823552, 120979004772757504, 120979005207894016, 2),
	(120979009680093184, 120979004772757504, 120979007020567552, 1),
	(120979009822300160, 120979004227098624, 120979005207894016, 1),
	(120979009939552256, 120979006093375488, 120979005207894016, 1),
	(120979010078552064, 120979004772757504, 120979007020567552, 8),
	(120979010300450818, 120979004227098624, 120979004772757504, 16),
	(120979010565091328, 120979004772757504, 120979004227098624, 32),
	(120979037450180608, 120979004227098624, 120979005643337728, 4);
INSERT INTO public.relay_state VALUES
	(1, '18a4952feedb37233d91a0dd39c3c63641fb98d8', 'e5ef4b0de45eeb9866a64edc4b0f7a65');
INSERT INTO public.saves VALUES
	(120979037186338816, 120979004772757504, 120979011172866049),
	(120979037256570880, 120979005207894016, 120979030676379648);
INSERT INTO public.sessions VALUES
	(120979004252264448, '\xc47e0db8a8cdc52a488b06aec7694b8a', 0, '2026-11-30 20:07:22.279535+00', '2027-01-29 20:07:22.279535+00', NULL, 120979004227098624),
	(120979004772757505, '\x29da93133fafd46eb675b02ae94fd1db', 0, '2026-11-30 20:07:22.418409+00', '2027-01-29 20:07:22.418409+00', NULL, 120979004772757504),
	(120979005207894017, '\x6b627df9d5e7425c1a7f7936fc22ad75', 0, '2026-11-30 20:07:22.521352+00', '2027-01-29 20:07:22.521352+00', NULL, 120979005207894016),
	(120979005643337729, '\x195090665b018eeff4dbda7686d16296', 0, '2026-11-30 20:07:22.625107+00', '2027-01-29 20:07:22.625107+00', NULL, 120979005643337728),
	(120979007020567553, '\xe9830bbcff8bc6f94d655918e7fd4889', 0, '2026-11-30 20:07:22.952955+00', '2027-01-29 20:07:22.952955+00', NULL, 120979007020567552),
	(120979006093375489, '\x620f37474e0d9f0ded07f4253ab24c00', 0, '2026-11-30 20:07:22.731378+00', '2027-01-29 20:07:22.731378+00', '2026-11-30 20:07:35.649345+00', 120979006093375488),
	(120979006555433985, '\xc1d2f0b187ccd800e2336a491dcae2f5', 0, '2026-11-30 20:07:22.842864+00', '2027-01-29 20:07:22.842864+00', '2026-11-30 20:07:35.781875+00', 120979006555433984);
INSERT INTO public.stories VALUES
	(120979039316645888, 'PUBLISHED', 'CLOSE_FRIENDS', '2026-11-30 20:07:30.649+00', '2026-11-30 20:07:30.84+00', '2026-12-01 20:07:30.84+00', 0, 120979004227098624, 120979039077570560),
	(120979040428198912, 'PUBLISHED', 'FOLLOWERS', '2026-11-30 20:07:30.917+00', '2026-11-30 20:07:31.153+00', '2026-12-01 20:07:31.153+00', 0, 120979007020567552, 120979040226872320),
	(120979037764753408, 'PUBLISHED', 'FOLLOWERS', '2026-11-30 20:07:30.278+00', '2026-11-30 20:07:30.528+00', NULL, 2, 120979004227098624, 120979037513095168);
INSERT INTO public.story_views VALUES
	(120979041648678912, 120979037764753408, 120979004772757504),
	(120979041711593472, 120979037764753408, 120979005207894016);
INSERT INTO public.taggings VALUES
	(120979018923939840, 120979018907659264, 120979011172866049, 120979004227098624, '2026-11-30 20:07:25.778+00'),
	(120979018923939841, 120979018909429761, 120979011172866049, 120979004227098624, '2026-11-30 20:07:25.778+00'),
	(120979028465981440, 120979018907659264, 120979020664576000, 120979004227098624, '2026-11-30 20:07:28.054+00'),
	(120979033980819456, 120979033967268866, 120979033162930176, 120979005207894016, '2026-11-30 20:07:29.378+00');
INSERT INTO public.tallies VALUES
	(120979058602055682, '[["post.likes", 120979029011240960, 1]]', NULL),
	(120979058841131008, '[["hashtag.posts", 120979030351351808, -1]]', NULL),
	(120979059059234816, '[["user.posts", 120979004227098624, -1]]', NULL),
	(120979059201841153, '[["post.comments", 120979011172866049, 1]]', NULL);
INSERT INTO public.tortoise_migrations VALUES
	(1, 'models', '0001_tables', '2026-11-30 20:07:14.14574+00'),
	(2, 'models', '0002_ids', '2026-11-30 20:07:14.16351+00'),
	(3, 'models', '0003_partial_indexes', '2026-11-30 20:07:14.2052+00'),
	(4, 'models', '0004_people_and_posts', '2026-11-30 20:07:15.137089+00'),
	(5, 'models', '0005_indexes_and_locks', '2026-11-30 20:07:15.458745+00'),
	(6, 'models', '0006_reach', '2026-11-30 20:07:15.57808+00'),
	(7, 'models', '0007_index_of_pulled', '2026-11-30 20:07:15.597305+00'),
	(8, 'models', '0008_impressions', '2026-11-30 20:07:15.660339+00'),
	(9, 'models', '0009_messages', '2026-11-30 20:07:15.834686+00'),
	(10, 'models', '0010_indexes_of_messages', '2026-11-30 20:07:15.953178+00'),
	(11, 'models', '0011_mls', '2026-11-30 20:07:16.217705+00'),
	(12, 'models', '0012_push', '2026-11-30 20:07:16.395584+00'),
	(13, 'models', '0013_notifications', '2026-11-30 20:07:16.527433+00'),
	(14, 'models', '0014_indexes_of_notifications', '2026-11-30 20:07:16.659621+00'),
	(15, 'models', '0015_media', '2026-11-30 20:07:17.583897+00'),
	(16, 'models', '0016_kinds_of_media', '2026-11-30 20:07:17.825226+00'),
	(17, 'models', '0017_edges', '2026-11-30 20:07:17.874419+00'),
	(18, 'models', '0018_stories', '2026-11-30 20:07:18.17966+00'),
	(19, 'models', '0019_indexes_of_stories', '2026-11-30 20:07:18.246232+00');
INSERT INTO public.uploads VALUES
	(120979030546356224, 'PHOTO', 'image/jpeg', 1222, '82e51e909373db37a960c400c6e0ec3f', 'READY', '{"kind": "photo", "width": 64, "height": 48, "blurhash": "LMF={tpH$uvnch%;57t,P_tf$ym@", "variants": [{"key": "82e51e909373db37a960c400c6e0ec3f/3b9bc3891be9cbaa205c960ecd08a9a169178a9048db99f39982e59d3bf4ec1a.jpg", "name": "LARGE", "width": 64, "format": "JPEG", "height": 48, "byte_size": 1184}, {"key": "82e51e909373db37a960c400c6e0ec3f/1ac4c8e1f1c9a7a3aaf4554c0e424ab0d4209e361c2a4d940c32962169793a50.webp", "name": "LARGE", "width": 64, "format": "WEBP", "height": 48, "byte_size": 626}, {"key": "82e51e909373db37a960c400c6e0ec3f/2180a919a8d5ed14240b919f9e212149fa49d95178b00ba047479de544550fd6.jpg", "name": "MEDIUM", "width": 64, "format": "JPEG", "height": 48, "byte_size": 1143}, {"key": "82e51e909373db37a960c400c6e0ec3f/11befaa3b9288ec3d6533213db71a63871740262c389ccc6a6cd7a92493ff329.webp", "name": "MEDIUM", "width": 64, "format": "WEBP", "height": 48, "byte_size": 552}, {"key": "82e51e909373db37a960c400c6e0ec3f/85768d10fc8583493f20cb5525f6db0e6b4f522d9bbb007291632a764e90877e.jpg", "name": "SMALL", "width": 64, "format": "JPEG", "height": 48, "byte_size": 1108}, {"key": "82e51e909373db37a960c400c6e0ec3f/6814b197713e7447819a6e18c60614c68528e8856c7e446563ea2441faada139.webp", "name": "SMALL", "width": 64, "format": "WEBP", "height": 48, "byte_size": 538}, {"key": "82e51e909373db37a960c400c6e0ec3f/23b45bea5140da8e3eaa7ad15d52a0e9a0834a45d9569e6340d7d4250f6a9dab.jpg", "name": "THUMBNAIL", "width": 64, "format": "JPEG", "height": 48, "byte_size": 1080}, {"key": "82e51e909373db37a960c400c6e0ec3f/8a94a1366a9b8ef7516b6a38534564de2d920fd9cda8ad4240e3ffa553ec1a74.webp", "name": "THUMBNAIL", "width": 64, "format": "WEBP", "height": 48, "byte_size": 520}]}', NULL, 1, NULL, '2026-11-30 20:07:28.562521+00', '2026-11-30 21:07:28+00', 120979004227098624, true, NULL, 0, false, NULL, 'originals/82e51e909373db37a960c400c6e0ec3f', NULL, NULL, 1, NULL, false),
	(120979007255386112, 'PHOTO', 'image/jpeg', 1217, '6672896d588e6576125ffba1a5488553', 'READY', '{"kind": "photo", "width": 64, "height": 48, "blurhash": "LCHUFh=tK[%eFhNDI^-;5ux*0Xkp", "variants": [{"key": "6672896d588e6576125ffba1a5488553/6ef58e459d9982fe47dfbb075d5e84f44fd79abf05b849df7047690c66cf0f3d.jpg", "name": "LARGE", "width": 64, "format": "JPEG", "height": 48, "byte_size": 1177}, {"key": "6672896d588e6576125ffba1a5488553/b609ee7c89139fb1fb8ef7d8a9d4ee054df4adec31cb39ec4f3566fd40984a30.webp", "name": "LARGE", "width": 64, "format": "WEBP", "height": 48, "byte_size": 664}, {"key": "6672896d588e6576125ffba1a5488553/8a8362e6d69df51ab03835085d71ff5a8434d1c36b9060adea77b2ae965391d5.jpg", "name": "MEDIUM", "width": 64, "format": "JPEG", "height": 48, "byte_size": 1139}, {"key": "6672896d588e6576125ffba1a5488553/6178e6c765871703d680ba11d6a35d62cc00bf1eb22eb3dd08dc7ae18d696e02.webp", "name": "MEDIUM", "width": 64, "format": "WEBP", "height": 48, "byte_size": 592}, {"key": "6672896d588e6576125ffba1a5488553/a012fd9c291e4d246aa82d6f1f882e0e6a44053b275cfe2929e8d38eb5b0ec97.jpg", "name": "SMALL", "width": 64, "format": "JPEG", "height": 48, "byte_size": 1109}, {"key": "6672896d588e6576125ffba1a5488553/412f8a093745e0c566248c557a1633865eb9251f8e4af36e72ebd883bf114217.webp", "name": "SMALL", "width": 64, "format": "WEBP", "height": 48, "byte_size": 568}, {"key": "6672896d588e6576125ffba1a5488553/3ffd98347836016aa7fd60d84a6487ad5af9a0371e5b841ee2cbee4833ca9932.jpg", "name": "THUMBNAIL", "width": 64, "format": "JPEG", "height": 48, "byte_size": 1081}, {"key": "6672896d588e6576125ffba1a5488553/75cfbd6de11e11a40dd53852d7a5902d9238598ac02abedb7c997130e73e43f5.webp", "name": "THUMBNAIL", "width": 64, "format": "WEBP", "height": 48, "byte_size": 546}]}', NULL, 1, NULL, '2026-11-30 20:07:23.008645+00', '2026-11-30 21:07:23+00', 120979004227098624, true, NULL, 0, false, NULL, 'originals/6672896d588e6576125ffba1a5488553', NULL, NULL, 1, NULL, false),
	(120979010673743872, 'PHOTO', 'image/jpeg', 1240, '1fcce9d2c2f110d415d8b27cc228d0c5', 'READY', '{"kind": "photo", "width": 64, "height": 48, "blurhash": "LIHB*]xkCZM[J%Z;tJ?kKBvNnqOz", "variants": [{"key": "1fcce9d2c2f110d415d8b27cc228d0c5/afb74bb68475ae81d9f9248222cbd68170be186b4843e02d0990ef5ad17adb52.jpg", "name": "LARGE", "width": 64, "format": "JPEG", "height": 48, "byte_size": 1189}, {"key": "1fcce9d2c2f110d415d8b27cc228d0c5/700ad703f5305f27d00e2e4bcc76daa88b1d0db8b1ccf028601050ab4bbe937f.webp", "name": "LARGE", "width": 64, "format": "WEBP", "height": 48, "byte_size": 656}, {"key": "1fcce9d2c2f110d415d8b27cc228d0c5/85019d558ba26bb587968fc3f41eae5d1779e15a7e428f4043611fb612f4856f.jpg", "name": "MEDIUM", "width": 64, "format": "JPEG", "height": 48, "byte_size": 1152}, {"key": "1fcce9d2c2f110d415d8b27cc228d0c5/751c66569e3510d89e44c6e1fafdf3a38cde5b82d3ed80e5ed9efc093c38fd25.webp", "name": "MEDIUM", "width": 64, "format": "WEBP", "height": 48, "byte_size": 560}, {"key": "1fcce9d2c2f110d415d8b27cc228d0c5/f16573aa560448ee750b48fd2843bd2819bb784f7bd84ab50b655339bdf69c99.jpg", "name": "SMALL", "width": 64, "format": "JPEG", "height": 48, "byte_size": 1111}, {"key": "1fcce9d2c2f110d415d8b27cc228d0c5/c20ab0ff214e95dab9f1ec48a8e8277f1998988553b948594461a92ee0616256.webp", "name": "SMALL", "width": 64, "format": "WEBP", "height": 48, "byte_size": 544}, {"key": "1fcce9d2c2f110d415d8b27cc228d0c5/ef09c90e03331d460ea7a6dcfd774a228e77086c2d5093fac38d6dbf2235eaac.jpg", "name": "THUMBNAIL", "width": 64, "format": "JPEG", "height": 48, "byte_size": 1090}, {"key": "1fcce9d2c2f110d415d8b27cc228d0c5/ba933364d35b36f822be362d69fda7379e3c515aef5d3c3f09a4507df49e5f1a.webp", "name": "THUMBNAIL", "width": 64, "format": "WEBP", "height": 48, "byte_size": 522}]}', NULL, 1, NULL, '2026-11-30 20:07:23.824743+00', '2026-11-30 21:07:23+00', 120979004227098624, true, NULL, 0, false, NULL, 'originals/1fcce9d2c2f110d415d8b27cc228d0c5', NULL, NULL, 1, NULL, false),
	(120979010820544512, 'PHOTO', 'image/jpeg', 1219, 'bd1d2508a1bcaafb1e35244f3473b25a', 'READY', '{"kind": "photo", "width": 64, "height": 48, "blurhash": "LGK1%f_3-;IU-;IU?b_300ay-;j[", "variants": [{"key": "bd1d2508a1bcaafb1e35244f3473b25a/e9ba7a09c8853bdb27feb2e9fe39701ea7eaaf99c089eaeb2475753a8a859063.jpg", "name": "LARGE", "width": 64, "format": "JPEG", "height": 48, "byte_size": 999}, {"key": "bd1d2508a1bcaafb1e35244f3473b25a/d518da1d6896ec80abfb0e692acbec70914ad4bded5c5e8381006139ba17d577.webp", "name": "LARGE", "width": 64, "format": "WEBP", "height": 48, "byte_size": 384}, {"key": "bd1d2508a1bcaafb1e35244f3473b25a/0385b66b6467368b7763e14a57b42bb42bea6fc7b896aaa5d601aaba9480f4d4.jpg", "name": "MEDIUM", "width": 64, "format": "JPEG", "height": 48, "byte_size": 961}, {"key": "bd1d2508a1bcaafb1e35244f3473b25a/f67225927e305a0716676e72a5110496cd07b21bfb6b2a9713a5d9f5e8a22061.webp", "name": "MEDIUM", "width": 64, "format": "WEBP", "height": 48, "byte_size": 348}, {"key": "bd1d2508a1bcaafb1e35244f3473b25a/8510a7b2df6b283e2c3a7719ea5795f564bbece603cdeee8d81129107a283bcd.jpg", "name": "SMALL", "width": 64, "format": "JPEG", "height": 48, "byte_size": 922}, {"key": "bd1d2508a1bcaafb1e35244f3473b25a/3002b9f3270d5225ffd457fa2766d5ac51b429f0e4236f3556566ad7f9f825f5.webp", "name": "SMALL", "width": 64, "format": "WEBP", "height": 48, "byte_size": 336}, {"key": "bd1d2508a1bcaafb1e35244f3473b25a/063e627c60ff0c98f687bbebc955fd8a5644831fdfcd64a03fb9ad759529255b.jpg", "name": "THUMBNAIL", "width": 64, "format": "JPEG", "height": 48, "byte_size": 899}, {"key": "bd1d2508a1bcaafb1e35244f3473b25a/bc05c8919c79299e5f1855e8451c06ca037102af588dba513bf2935d498e578c.webp", "name": "THUMBNAIL", "width": 64, "format": "WEBP", "height": 48, "byte_size": 316}]}', NULL, 1, NULL, '2026-11-30 20:07:23.858489+00', '2026-11-30 21:07:23+00', 120979004227098624, true, NULL, 0, false, NULL, 'originals/bd1d2508a1bcaafb1e35244f3473b25a', NULL, 'MOON', 1, NULL, false),
	(120979020526163968, 'VIDEO', 'video/mp4', 49334, '7593de6c14b9dfb5b725e73d87a89553', 'READY', '{"hls": "7593de6c14b9dfb5b725e73d87a89553/c4c5407567e7bd12452fc14de85755296f6d39561e194881c0a6a2c016389f61.m3u8", "kind": "video", "width": 160, "height": 120, "blurhash": "L~IF0*v]xWzOI;RRbvotRjV]S~bq", "variants": [{"key": "7593de6c14b9dfb5b725e73d87a89553/27d9a1088081e1a3c87e40b8c3a12590133e073ba5d108de72b914950cb10eb6.jpg", "name": "LARGE", "width": 160, "format": "JPEG", "height": 120, "byte_size": 5145}, {"key": "7593de6c14b9dfb5b725e73d87a89553/6de681ecfc7ef130df36800ce9cdb6e56cb339faeec2fd0c5feed334632b4a82.webp", "name": "LARGE", "width": 160, "format": "WEBP", "height": 120, "byte_size": 2918}, {"key": "7593de6c14b9dfb5b725e73d87a89553/40c815e0494ac5e8ce8d503522ab099b019b7d3a71615db4cabdcca94569035b.jpg", "name": "MEDIUM", "width": 160, "format": "JPEG", "height": 120, "byte_size": 4573}, {"key": "7593de6c14b9dfb5b725e73d87a89553/9b2ff4190e551a15ec885946dac06dd635a99e39f9c2a60a1552243a0b3235b0.webp", "name": "MEDIUM", "width": 160, "format": "WEBP", "height": 120, "byte_size": 2626}, {"key": "7593de6c14b9dfb5b725e73d87a89553/cc8506cf6c290dcf70afe4dadc666dbdc52f120cfb74a80c59f088677bdf44bc.jpg", "name": "SMALL", "width": 160, "format": "JPEG", "height": 120, "byte_size": 4194}, {"key": "7593de6c14b9dfb5b725e73d87a89553/e55db5cedd3ea0ea8d83eb1a15b1c6cf638620210e4fe85ef4d1d4f5e7a006b0.webp", "name": "SMALL", "width": 160, "format": "WEBP", "height": 120, "byte_size": 2570}, {"key": "7593de6c14b9dfb5b725e73d87a89553/0c426245ce59b7126b740504b8012e8652afd714c56f2d1f8e4b799dba2ec7a7.jpg", "name": "THUMBNAIL", "width": 150, "format": "JPEG", "height": 113, "byte_size": 3859}, {"key": "7593de6c14b9dfb5b725e73d87a89553/dd584d049405e143ef255132a742c7390ba7d2442739dede15e2e0d9fa60f42a.webp", "name": "THUMBNAIL", "width": 150, "format": "WEBP", "height": 113, "byte_size": 2324}], "has_audio": true, "duration_ms": 1000}', NULL, 1, NULL, '2026-11-30 20:07:26.173615+00', '2026-11-30 21:07:26+00', 120979004227098624, true, NULL, 0, true, NULL, 'originals/7593de6c14b9dfb5b725e73d87a89553', NULL, NULL, 1, '{"video": {"rungs": [{"name": "120p", "peak": 400, "width": 160, "height": 120}], "width": 160, "height": 120, "source": {"rate": "24/1", "audio": 1, "shown": 24, "video": 0, "width": 160, "begins": 0.0, "frames": 24, "height": 120, "matrix": "smpte170m", "turned": false, "demuxer": "mov", "channels": 1, "transfer": null, "primaries": null, "interlaced": false}, "has_audio": true, "frame_rate": "24/1", "duration_ms": 1000}, "tracks": [{"kind": "video", "name": "120p", "width": 160, "codecs": "avc1.64000c", "height": 120, "playlist": "fe242e92f021895b1a9254229553dbb0fbb3a31a6e1b2f1601ae18791cf2c2b3.m3u8", "bandwidth": 136328, "frame_rate": "24/1", "average_bandwidth": 136328}, {"kind": "audio", "name": "audio", "width": null, "codecs": "mp4a.40.2", "height": null, "playlist": "a882d093c01b2eeba6864e9fcb067b7ed389c837b7a51eba25aa81e1c7f08941.m3u8", "bandwidth": 132415, "frame_rate": null, "average_bandwidth": 132415}]}', false),
	(120979047659179008, 'PHOTO', 'image/jpeg', 1207, '315fc3f6a7372e916feee40ac60c4959', 'AWAITING_BYTES', NULL, NULL, 0, NULL, '2026-11-30 20:07:32.642009+00', '2026-11-30 21:07:32+00', 120979007020567552, false, NULL, 0, false, NULL, NULL, NULL, NULL, 0, NULL, false),
	(120979047948585984, 'VIDEO', 'video/mp4', 41943040, '37f59dada818254c2394320ec1a504db', 'AWAITING_BYTES', NULL, NULL, 0, NULL, '2026-11-30 20:07:32.711448+00', '2026-12-01 20:07:32+00', 120979007020567552, false, NULL, 0, true, '01aa2acea7af4d0533885b1ec53377b28679a41d_754bdd6d058f4ef3a100d123dc1f4a7e', NULL, 16777216, NULL, 0, NULL, false),
	(120979048200244224, 'PHOTO', 'image/jpeg', 1240, 'c6438949c0d20987f3d58f09f2ae76a7', 'EXPIRED', NULL, NULL, 0, NULL, '2026-11-30 20:07:32.771921+00', '2026-11-30 21:07:32+00', 120979007020567552, false, NULL, 0, false, NULL, NULL, NULL, NULL, 0, NULL, false),
	(120979031867961344, 'PHOTO', 'image/jpeg', 1217, '0559c0ebd818a4e74ad3952928cb92c6', 'READY', '{"kind": "photo", "width": 64, "height": 48, "blurhash": "LCGR0{TyDZ}|=-:[DgqfwpN#=$NE", "variants": [{"key": "0559c0ebd818a4e74ad3952928cb92c6/d7c53f4c31ddd77eba641b2b04340170254affc1cb1d669103128a2b964368c4.jpg", "name": "LARGE", "width": 64, "format": "JPEG", "height": 48, "byte_size": 1156}, {"key": "0559c0ebd818a4e74ad3952928cb92c6/e023d5618ab542f5afebd4840a1d0bb85e921466ae8463d3e4716aede0548d34.webp", "name": "LARGE", "width": 64, "format": "WEBP", "height": 48, "byte_size": 624}, {"key": "0559c0ebd818a4e74ad3952928cb92c6/e85808480914862e5c3e4c87bb2c386caaffeff11c41e2c01091a337900f8c7b.jpg", "name": "MEDIUM", "width": 64, "format": "JPEG", "height": 48, "byte_size": 1135}, {"key": "0559c0ebd818a4e74ad3952928cb92c6/34da5616835de1a1162979772a795efd9dc63f0dc139fd5f1d07ca00172747ac.webp", "name": "MEDIUM", "width": 64, "format": "WEBP", "height": 48, "byte_size": 550}, {"key": "0559c0ebd818a4e74ad3952928cb92c6/f54c9b6c0c5bf44a996f6e4070cfa3af5b7e07935306039a159720cfdeb2b107.jpg", "name": "SMALL", "width": 64, "format": "JPEG", "height": 48, "byte_size": 1093}, {"key": "0559c0ebd818a4e74ad3952928cb92c6/250bb8f0bd348855525deed9a46f7d426ed1925339b0e4aca61f11dd0bb8194d.webp", "name": "SMALL", "width": 64, "format": "WEBP", "height": 48, "byte_size": 528}, {"key": "0559c0ebd818a4e74ad3952928cb92c6/2a5f6075a880455927cf9f98c11298c51bb4fa0322e70b25837bf1d81459a087.jpg", "name": "THUMBNAIL", "width": 64, "format": "JPEG", "height": 48, "byte_size": 1070}, {"key": "0559c0ebd818a4e74ad3952928cb92c6/99ef63af661d194657022417d004421ec22bf8d5cb651bdb3c70e331ec03eca4.webp", "name": "THUMBNAIL", "width": 64, "format": "WEBP", "height": 48, "byte_size": 518}]}', NULL, 1, NULL, '2026-11-30 20:07:28.878767+00', '2026-11-30 21:07:28+00', 120979004772757504, true, NULL, 0, false, NULL, 'originals/0559c0ebd818a4e74ad3952928cb92c6', NULL, NULL, 1, NULL, false),
	(120979033032906753, 'PHOTO', 'image/jpeg', 1237, 'fcf4c866fb8c3066816dd4ec47afd216', 'READY', '{"kind": "photo", "width": 64, "height": 48, "blurhash": "LKG[sC%NWb{+#6w@EUSA^%T5aA^c", "variants": [{"key": "fcf4c866fb8c3066816dd4ec47afd216/fa568a23d3ec10c58830fe11e61636d4ed7716c73f4e59ccbd3f1acbd2744851.jpg", "name": "LARGE", "width": 64, "format": "JPEG", "height": 48, "byte_size": 1194}, {"key": "fcf4c866fb8c3066816dd4ec47afd216/70efd352363cffdcc7b3bbda844d3865942eb54f545774ed14271ad7fb97e2d7.webp", "name": "LARGE", "width": 64, "format": "WEBP", "height": 48, "byte_size": 696}, {"key": "fcf4c866fb8c3066816dd4ec47afd216/74397773e84d57d0d6954415ade6e544175bc94cd072efedcce09e71301964ed.jpg", "name": "MEDIUM", "width": 64, "format": "JPEG", "height": 48, "byte_size": 1151}, {"key": "fcf4c866fb8c3066816dd4ec47afd216/2033c1c4b9b10714bc86f761f07000fd59f25657dcd2d989e8abddf15b25eabc.webp", "name": "MEDIUM", "width": 64, "format": "WEBP", "height": 48, "byte_size": 598}, {"key": "fcf4c866fb8c3066816dd4ec47afd216/4f090a6be1e19696c9a30e367559498cb39c768fb3e05e17fbd496b12b9fd908.jpg", "name": "SMALL", "width": 64, "format": "JPEG", "height": 48, "byte_size": 1122}, {"key": "fcf4c866fb8c3066816dd4ec47afd216/0084320eb1897f34cf5a5624c1a99ef0b34fa7798042ed0735bf8eda933febff.webp", "name": "SMALL", "width": 64, "format": "WEBP", "height": 48, "byte_size": 576}, {"key": "fcf4c866fb8c3066816dd4ec47afd216/a144dd3ba2005becfaa21a37b19f5a800851332fb43ceb00f54aa299235f97f0.jpg", "name": "THUMBNAIL", "width": 64, "format": "JPEG", "height": 48, "byte_size": 1097}, {"key": "fcf4c866fb8c3066816dd4ec47afd216/00a6322cd0507856f92a824c8d41c69eb7745e9bd0b711d7dac5bdada7441a2e.webp", "name": "THUMBNAIL", "width": 64, "format": "WEBP", "height": 48, "byte_size": 552}]}', NULL, 1, NULL, '2026-11-30 20:07:29.155558+00', '2026-11-30 21:07:29+00', 120979005207894016, true, NULL, 0, false, NULL, 'originals/fcf4c866fb8c3066816dd4ec47afd216', NULL, NULL, 1, NULL, false),
	(120979034069634048, 'PHOTO', 'image/jpeg', 1234, '717113838bdc65a2a8699809fbb66784', 'READY', '{"kind": "photo", "width": 64, "height": 48, "blurhash": "LEFsh]T%5mX_akxaK6V;ULOZF2}7", "variants": [{"key": "717113838bdc65a2a8699809fbb66784/e1de3328313bf47e08a7cf99d2af76992412f694e3faef43dddd2941dca54694.jpg", "name": "LARGE", "width": 64, "format": "JPEG", "height": 48, "byte_size": 1187}, {"key": "717113838bdc65a2a8699809fbb66784/1fb97107ea9360164f14e2a632c4ea3245d65a08ee5a7b5799c6a5f38c928c85.webp", "name": "LARGE", "width": 64, "format": "WEBP", "height": 48, "byte_size": 668}, {"key": "717113838bdc65a2a8699809fbb66784/5d1d084f50dd6f29029f3a9df3643afc3fdc6f0d5d79cd68fc0a5c8c57a1da2c.jpg", "name": "MEDIUM", "width": 64, "format": "JPEG", "height": 48, "byte_size": 1145}, {"key": "717113838bdc65a2a8699809fbb66784/b285a4612407d1b5c6ffadcede287949d76d3da19a05dfb6bab5c06d9288245f.webp", "name": "MEDIUM", "width": 64, "format": "WEBP", "height": 48, "byte_size": 606}, {"key": "717113838bdc65a2a8699809fbb66784/cf7b87711855d19b112ca92308c629886de2aeb5c1575042310b7e7134175773.jpg", "name": "SMALL", "width": 64, "format": "JPEG", "height": 48, "byte_size": 1105}, {"key": "717113838bdc65a2a8699809fbb66784/196e6d2d004edbbfc085906ec8b3386434975a503e3889edaa6a2446638ea8aa.webp", "name": "SMALL", "width": 64, "format": "WEBP", "height": 48, "byte_size": 576}, {"key": "717113838bdc65a2a8699809fbb66784/ee267d6a908e06bccb87be13cf815f9c08f7aecd942c343b40897bdfbba3ca90.jpg", "name": "THUMBNAIL", "width": 64, "format": "JPEG", "height": 48, "byte_size": 1079}, {"key": "717113838bdc65a2a8699809fbb66784/95c9d12675ceb24d47a34ff1382d6b0c6792c66ea13953cc2df68b4f71587630.webp", "name": "THUMBNAIL", "width": 64, "format": "WEBP", "height": 48, "byte_size": 554}]}', NULL, 1, NULL, '2026-11-30 20:07:29.402707+00', '2026-11-30 21:07:29+00', 120979007020567552, true, NULL, 0, false, NULL, 'originals/717113838bdc65a2a8699809fbb66784', NULL, NULL, 1, NULL, false),
	(120979035159902208, 'PHOTO', 'image/jpeg', 1217, '8b1836afc433ee84c1617d51595c8ed5', 'READY', '{"kind": "photo", "width": 64, "height": 48, "blurhash": "LSFPvkI{na+4yhEfTCSiX{v%#XpF", "variants": [{"key": "8b1836afc433ee84c1617d51595c8ed5/c3e3921fae1102d5d30284ddd060710d445bc3a03797257b6d0bce307786772b.jpg", "name": "LARGE", "width": 64, "format": "JPEG", "height": 48, "byte_size": 1163}, {"key": "8b1836afc433ee84c1617d51595c8ed5/cfc726fbee7383d24cfcff3791e9e381708cb4a8402822f4c038d5975e0e2e75.webp", "name": "LARGE", "width": 64, "format": "WEBP", "height": 48, "byte_size": 644}, {"key": "8b1836afc433ee84c1617d51595c8ed5/9d1f48e94eebd9a614f80ebd0ccc4482685114422441d2e2b16dbe2866bb8305.jpg", "name": "MEDIUM", "width": 64, "format": "JPEG", "height": 48, "byte_size": 1120}, {"key": "8b1836afc433ee84c1617d51595c8ed5/83cd108f0b0cc996394dcc84907a6c90604f64541a8598e8982a58188e585076.webp", "name": "MEDIUM", "width": 64, "format": "WEBP", "height": 48, "byte_size": 576}, {"key": "8b1836afc433ee84c1617d51595c8ed5/abe2a7f0a2184658292962fb6873e61e4cfebd9ee18aaeac4728c2c5360e3945.jpg", "name": "SMALL", "width": 64, "format": "JPEG", "height": 48, "byte_size": 1104}, {"key": "8b1836afc433ee84c1617d51595c8ed5/31e2ca05d13341aad3fdb15cba348050a1dc64e85cc9e353b5eca1e105f7e19e.webp", "name": "SMALL", "width": 64, "format": "WEBP", "height": 48, "byte_size": 550}, {"key": "8b1836afc433ee84c1617d51595c8ed5/896a0d9a9e38028fb2e85c74bbdb5c1ffba5c0abdf8a2a88befbaf7917231722.jpg", "name": "THUMBNAIL", "width": 64, "format": "JPEG", "height": 48, "byte_size": 1079}, {"key": "8b1836afc433ee84c1617d51595c8ed5/2ec917403934fe0d51c01242660c03e24b9aad8aaf7b8f90f3331b36785f9003.webp", "name": "THUMBNAIL", "width": 64, "format": "WEBP", "height": 48, "byte_size": 530}]}', NULL, 1, NULL, '2026-11-30 20:07:29.662505+00', '2026-11-30 21:07:29+00', 120979006093375488, true, NULL, 0, false, NULL, 'originals/8b1836afc433ee84c1617d51595c8ed5', NULL, NULL, 1, NULL, false),
	(120979037513095168, 'PHOTO', 'image/jpeg', 1235, '4d37a7da48447ff05da5e820714cf775', 'READY', '{"kind": "photo", "width": 64, "height": 48, "blurhash": "LMGbPD{n[.YD.5zuW1adu1N1OSKt", "variants": [{"key": "4d37a7da48447ff05da5e820714cf775/e7652a23451f5edb7b90bd854602b568b220fd56bf93a2b4e8018deeb03f2845.jpg", "name": "LARGE", "width": 64, "format": "JPEG", "height": 48, "byte_size": 1186}, {"key": "4d37a7da48447ff05da5e820714cf775/b8103356eb692b97f566b6ba85ae3ccc68c2092270dbfd2620dd6e52b065b76f.webp", "name": "LARGE", "width": 64, "format": "WEBP", "height": 48, "byte_size": 628}, {"key": "4d37a7da48447ff05da5e820714cf775/048b81f8a865353aaced05734cc957ccbfe1d97e57ab454fae1d23baca20ccae.jpg", "name": "MEDIUM", "width": 64, "format": "JPEG", "height": 48, "byte_size": 1138}, {"key": "4d37a7da48447ff05da5e820714cf775/fed9f788c473d0abe41e366eb6a36fd200cb060033ca7d0d08ee1097a46f433a.webp", "name": "MEDIUM", "width": 64, "format": "WEBP", "height": 48, "byte_size": 568}, {"key": "4d37a7da48447ff05da5e820714cf775/e7f58e59154dfb09f2026c1434d7aee84bfde7893e3209f09bfe985415c32307.jpg", "name": "SMALL", "width": 64, "format": "JPEG", "height": 48, "byte_size": 1100}, {"key": "4d37a7da48447ff05da5e820714cf775/05132b559617bcf70f294182be3c45419258739e6b4cda1c15368c49d136d517.webp", "name": "SMALL", "width": 64, "format": "WEBP", "height": 48, "byte_size": 546}, {"key": "4d37a7da48447ff05da5e820714cf775/6947d4183b4ec7b6465432fd647f2cae9938544949b538512c2337b4114537ec.jpg", "name": "THUMBNAIL", "width": 64, "format": "JPEG", "height": 48, "byte_size": 1078}, {"key": "4d37a7da48447ff05da5e820714cf775/350298c28105824a9a2a602f4b5594625c4ebf755456a9426515970a4abe6e95.webp", "name": "THUMBNAIL", "width": 64, "format": "WEBP", "height": 48, "byte_size": 522}]}', NULL, 1, NULL, '2026-11-30 20:07:30.223177+00', '2026-11-30 21:07:30+00', 120979004227098624, true, NULL, 0, false, NULL, 'originals/4d37a7da48447ff05da5e820714cf775', NULL, NULL, 1, NULL, false),
	(120979039077570560, 'PHOTO', 'image/jpeg', 1217, 'd979ec5cfaf6a1af962cdd97d1c3a532', 'READY', '{"kind": "photo", "width": 64, "height": 48, "blurhash": "LGGb|.op7yCGvApFUA%pPI{b9aMe", "variants": [{"key": "d979ec5cfaf6a1af962cdd97d1c3a532/0145ee83574431db9b0d1316e9fffca5788f4d88b56e060c2a82e6432b0b2058.jpg", "name": "LARGE", "width": 64, "format": "JPEG", "height": 48, "byte_size": 1176}, {"key": "d979ec5cfaf6a1af962cdd97d1c3a532/377820105e095f62a5c9dcd258dd6f4531a08f4edb13da7c1f5019a3894be8b4.webp", "name": "LARGE", "width": 64, "format": "WEBP", "height": 48, "byte_size": 658}, {"key": "d979ec5cfaf6a1af962cdd97d1c3a532/1dcffc08164aaab4afd5b70d844c7c98f30015c6227962f286b3edb95eb91847.jpg", "name": "MEDIUM", "width": 64, "format": "JPEG", "height": 48, "byte_size": 1124}, {"key": "d979ec5cfaf6a1af962cdd97d1c3a532/1e60b2ac481a6bd0f26a2df387d11bea3d3d2703207d72d1e8265fc409af001c.webp", "name": "MEDIUM", "width": 64, "format": "WEBP", "height": 48, "byte_size": 582}, {"key": "d979ec5cfaf6a1af962cdd97d1c3a532/8790540e96f3445f3f13342945beca4170f512a2052474dbcddf138cb2926a9c.jpg", "name": "SMALL", "width": 64, "format": "JPEG", "height": 48, "byte_size": 1092}, {"key": "d979ec5cfaf6a1af962cdd97d1c3a532/a7a075e6183605b0c9802de530c5600ffd12f45d2bffb22f7dcbc5442a1dd3d9.webp", "name": "SMALL", "width": 64, "format": "WEBP", "height": 48, "byte_size": 552}, {"key": "d979ec5cfaf6a1af962cdd97d1c3a532/166e58b071d9b6ba1388993135a02923784547005607a25578cc683dc52c1f82.jpg", "name": "THUMBNAIL", "width": 64, "format": "JPEG", "height": 48, "byte_size": 1072}, {"key": "d979ec5cfaf6a1af962cdd97d1c3a532/9c5ca63afdc6ee15dfc62c14bdef369d43aebc1094ea860e9ce1593264197932.webp", "name": "THUMBNAIL", "width": 64, "format": "WEBP", "height": 48, "byte_size": 534}]}', NULL, 1, NULL, '2026-11-30 20:07:30.596666+00', '2026-11-30 21:07:30+00', 120979004227098624, true, NULL, 0, false, NULL, 'originals/d979ec5cfaf6a1af962cdd97d1c3a532', NULL, NULL, 1, NULL, false),
	(120979059554562048, 'PHOTO', 'image/jpeg', 1202, '25332bba4c720e1080133c7915d2f987', 'PROCESSING', NULL, NULL, 0, NULL, '2026-11-30 20:07:35.479173+00', '2026-11-30 21:07:35+00', 120979004772757504, false, NULL, 0, false, NULL, NULL, NULL, NULL, 0, NULL, false),
	(120979040226872320, 'PHOTO', 'image/jpeg', 1232, '2f374f7f85a4fd0696013449c3eefdcb', 'READY', '{"kind": "photo", "width": 64, "height": 48, "blurhash": "LCHLG1.7*xCSHnGN0dJH?KDjI9.R", "variants": [{"key": "2f374f7f85a4fd0696013449c3eefdcb/146b1b4aec3a8cb162a05404197c58df548a6a250af9aece220d74631aae2636.jpg", "name": "LARGE", "width": 64, "format": "JPEG", "height": 48, "byte_size": 1192}, {"key": "2f374f7f85a4fd0696013449c3eefdcb/466d7109a9987cc7a8c8c6e12757c31b473fd558bea6aa12cee69c669427cdf0.webp", "name": "LARGE", "width": 64, "format": "WEBP", "height": 48, "byte_size": 668}, {"key": "2f374f7f85a4fd0696013449c3eefdcb/0c90c9197d8607b4d30e5030b8c70b8ebd91b61abc340fc8e4352e98fb35fadf.jpg", "name": "MEDIUM", "width": 64, "format": "JPEG", "height": 48, "byte_size": 1137}, {"key": "2f374f7f85a4fd0696013449c3eefdcb/d3b74c08ab8a03b32dd37f9921b085e3742aff41e582fa20f9563a3a0fc598d2.webp", "name": "MEDIUM", "width": 64, "format": "WEBP", "height": 48, "byte_size": 588}, {"key": "2f374f7f85a4fd0696013449c3eefdcb/5c029c3403a1a0e6c0eef5ad5727503ff132fc770f80f33069f46ca308121798.jpg", "name": "SMALL", "width": 64, "format": "JPEG", "height": 48, "byte_size": 1107}, {"key": "2f374f7f85a4fd0696013449c3eefdcb/c97881a1780fbbfd7ab6281e7342597cf69ff58aef860f686be38ab9a5f05435.webp", "name": "SMALL", "width": 64, "format": "WEBP", "height": 48, "byte_size": 572}, {"key": "2f374f7f85a4fd0696013449c3eefdcb/99f380c168bb8ab2d7f99a874cee4f42270559f7622b923aef64cadefee06aae.jpg", "name": "THUMBNAIL", "width": 64, "format": "JPEG", "height": 48, "byte_size": 1083}, {"key": "2f374f7f85a4fd0696013449c3eefdcb/b99727e726c29188d493edae5e551f6a6a22d68e445e3965a92f842e6a8ae7c2.webp", "name": "THUMBNAIL", "width": 64, "format": "WEBP", "height": 48, "byte_size": 554}]}', NULL, 1, NULL, '2026-11-30 20:07:30.869068+00', '2026-11-30 21:07:30+00', 120979007020567552, true, NULL, 0, false, NULL, 'originals/2f374f7f85a4fd0696013449c3eefdcb', NULL, NULL, 1, NULL, false),
	(120979048569342976, 'PHOTO', 'image/jpeg', 13, '280be7830a52db56f4fb4524f1f914af', 'REJECTED', NULL, '{"code": "INVALID", "field": null, "message": "The file is not a picture."}', 1, NULL, '2026-11-30 20:07:32.859348+00', '2026-11-30 21:07:32+00', 120979007020567552, false, NULL, 0, false, NULL, NULL, NULL, NULL, 0, NULL, false),
	(120979045930391552, 'PHOTO', 'image/jpeg', 1249, 'af41bfff20952034a1eecd63b8e8fa40', 'IN_REVIEW', NULL, NULL, 1, NULL, '2026-11-30 20:07:32.230758+00', '2026-11-30 21:07:32+00', 120979005207894016, false, 'Is it art?', 0, false, NULL, 'originals/af41bfff20952034a1eecd63b8e8fa40', NULL, NULL, 0, NULL, false);
INSERT INTO public.user_tags VALUES
	(120979011281917952, 120979010673743872, 120979004772757504, 0, 0.5, 0.2);
INSERT INTO public.users VALUES
	(120979007020567552, 'gus', 'gus@people.example', 'gus', '$argon2id$v=19$m=19456,t=2,p=1$5XxjxPmI/SYxxLiyXo2tYA$KQmJva7OR/v8ppnOMwRXhcK6UwXV8RxyIluT3sSbeTY', '1990-01-01', '2026-11-30 20:07:22.952+00', NULL, '', 1, 1, false, false, 1, 'ACTIVE', false),
	(120979004772757504, 'bobby', 'bob@people.example', 'bob', '$argon2id$v=19$m=19456,t=2,p=1$/x3v7XpviV2vA+Xf5Agy0Q$WduyQpbMfZ6JhqlnVQavqbrELqZnHVninbRmRugeN14', '1990-01-01', '2026-11-30 20:07:22.418+00', NULL, '', 1, 2, false, false, 1, 'ACTIVE', false),
	(120979005207894016, 'cleo', 'cleo@people.example', 'cleo', '$argon2id$v=19$m=19456,t=2,p=1$P9FCvOzzcR8rbKeoiTnA9g$5cw1WmmV1yhSGRCfYkeh2iVT8V7GBPGkgHsDD8YDqUI', '1990-01-01', '2026-11-30 20:07:22.521+00', NULL, '', 2, 1, true, false, 1, 'ACTIVE', false),
	(120979005643337728, 'dan', 'dan@people.example', 'dan', '$argon2id$v=19$m=19456,t=2,p=1$OBZGqsQgDVuGXE/Ddnn5eA$BdDMA+DsODPDz/i/dbACEnXZqfN6cghhD8N8xSoUB1c', '1990-01-01', '2026-11-30 20:07:22.625+00', NULL, '', 0, 0, false, false, 0, 'ACTIVE', false),
	(120979004227098624, 'ada', 'ada@people.example', 'Ada L.', '$argon2id$v=19$m=19456,t=2,p=1$8sRkR0tx/gwHAK0t01vIwg$xfOFV3x7BxXnkcRuLdd/y2RPCuoNffKyy6g9+g1uoh4', '1990-01-01', '2026-11-30 20:07:22.279+00', '{"id": 120979007255386112, "kind": "photo", "width": 64, "chosen": 120979008324933632, "height": 48, "blurhash": "LCHUFh=tK[%eFhNDI^-;5ux*0Xkp", "variants": [{"key": "6672896d588e6576125ffba1a5488553/6ef58e459d9982fe47dfbb075d5e84f44fd79abf05b849df7047690c66cf0f3d.jpg", "name": "LARGE", "width": 64, "format": "JPEG", "height": 48, "byte_size": 1177}, {"key": "6672896d588e6576125ffba1a5488553/b609ee7c89139fb1fb8ef7d8a9d4ee054df4adec31cb39ec4f3566fd40984a30.webp", "name": "LARGE", "width": 64, "format": "WEBP", "height": 48, "byte_size": 664}, {"key": "6672896d588e6576125ffba1a5488553/8a8362e6d69df51ab03835085d71ff5a8434d1c36b9060adea77b2ae965391d5.jpg", "name": "MEDIUM", "width": 64, "format": "JPEG", "height": 48, "byte_size": 1139}, {"key": "6672896d588e6576125ffba1a5488553/6178e6c765871703d680ba11d6a35d62cc00bf1eb22eb3dd08dc7ae18d696e02.webp", "name": "MEDIUM", "width": 64, "format": "WEBP", "height": 48, "byte_size": 592}, {"key": "6672896d588e6576125ffba1a5488553/a012fd9c291e4d246aa82d6f1f882e0e6a44053b275cfe2929e8d38eb5b0ec97.jpg", "name": "SMALL", "width": 64, "format": "JPEG", "height": 48, "byte_size": 1109}, {"key": "6672896d588e6576125ffba1a5488553/412f8a093745e0c566248c557a1633865eb9251f8e4af36e72ebd883bf114217.webp", "name": "SMALL", "width": 64, "format": "WEBP", "height": 48, "byte_size": 568}, {"key": "6672896d588e6576125ffba1a5488553/3ffd98347836016aa7fd60d84a6487ad5af9a0371e5b841ee2cbee4833ca9932.jpg", "name": "THUMBNAIL", "width": 64, "format": "JPEG", "height": 48, "byte_size": 1081}, {"key": "6672896d588e6576125ffba1a5488553/75cfbd6de11e11a40dd53852d7a5902d9238598ac02abedb7c997130e73e43f5.webp", "name": "THUMBNAIL", "width": 64, "format": "WEBP", "height": 48, "byte_size": 546}]}', 'Numbers', 5, 2, false, false, 4, 'ACTIVE', false),
	(120979006093375488, 'eve', 'eve@people.example', 'eve', '$argon2id$v=19$m=19456,t=2,p=1$EFgiPzIPRn3jOSydIKoSKQ$pPgenY9+YXYsPRTSUZi0nh2u1BHWSO/mdwwsChY4Gak', '1990-01-01', '2026-11-30 20:07:22.731+00', NULL, '', 0, 2, false, false, 1, 'DEACTIVATED', false),
	(120979006555433984, 'fay', 'fay@people.example', 'fay', '$argon2id$v=19$m=19456,t=2,p=1$ApQvU9gSxbp5IpbeBcNESQ$/Vxm2paRicYuGUtimpeP1NSBGAiLJA4iLcDZY1idrvY', '1990-01-01', '2026-11-30 20:07:22.842+00', NULL, '', 0, 1, false, false, 0, 'DELETED', false);
SELECT pg_catalog.setval('public.id_clock', 29535903564800, true);
SELECT pg_catalog.setval('public.tortoise_migrations_id_seq', 19, true);
ALTER TABLE ONLY public.acts
    ADD CONSTRAINT acts_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.attachments
    ADD CONSTRAINT attachments_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.banned_pictures
    ADD CONSTRAINT banned_pictures_hash_key UNIQUE (hash);
ALTER TABLE ONLY public.banned_pictures
    ADD CONSTRAINT banned_pictures_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.comments
    ADD CONSTRAINT comments_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.conversation_log
    ADD CONSTRAINT conversation_log_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.conversations
    ADD CONSTRAINT conversations_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.devices
    ADD CONSTRAINT devices_digest_key UNIQUE (digest);
ALTER TABLE ONLY public.devices
    ADD CONSTRAINT devices_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.erasures
    ADD CONSTRAINT erasures_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.former_usernames
    ADD CONSTRAINT former_usernames_digest_key UNIQUE (digest);
ALTER TABLE ONLY public.former_usernames
    ADD CONSTRAINT former_usernames_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.hashtags
    ADD CONSTRAINT hashtags_name_key UNIQUE (name);
ALTER TABLE ONLY public.hashtags
    ADD CONSTRAINT hashtags_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.highlight_stories
    ADD CONSTRAINT highlight_stories_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.highlights
    ADD CONSTRAINT highlights_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.idempotency_keys
    ADD CONSTRAINT idempotency_keys_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.impressions
    ADD CONSTRAINT impressions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.inboxes
    ADD CONSTRAINT inboxes_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.jobs
    ADD CONSTRAINT jobs_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.likes
    ADD CONSTRAINT likes_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.locations
    ADD CONSTRAINT locations_digest_key UNIQUE (digest);
ALTER TABLE ONLY public.locations
    ADD CONSTRAINT locations_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.members
    ADD CONSTRAINT members_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.mentions
    ADD CONSTRAINT mentions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.messages
    ADD CONSTRAINT messages_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.mls_deliveries
    ADD CONSTRAINT mls_deliveries_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.mls_devices
    ADD CONSTRAINT mls_devices_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.mls_groups
    ADD CONSTRAINT mls_groups_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.mls_key_packages
    ADD CONSTRAINT mls_key_packages_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.mls_members
    ADD CONSTRAINT mls_members_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.mls_messages
    ADD CONSTRAINT mls_messages_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.notification_marks
    ADD CONSTRAINT notification_marks_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.notifications
    ADD CONSTRAINT notifications_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT outbox_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.posts
    ADD CONSTRAINT posts_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.pushed_anyway
    ADD CONSTRAINT pushed_anyway_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.pushes
    ADD CONSTRAINT pushes_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.ranking_models
    ADD CONSTRAINT ranking_models_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.ranking_models
    ADD CONSTRAINT ranking_models_version_key UNIQUE (version);
ALTER TABLE ONLY public.relations
    ADD CONSTRAINT relations_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.relay_state
    ADD CONSTRAINT relay_state_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.saves
    ADD CONSTRAINT saves_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.stories
    ADD CONSTRAINT stories_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.story_views
    ADD CONSTRAINT story_views_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.taggings
    ADD CONSTRAINT taggings_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.tallies
    ADD CONSTRAINT tallies_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.tortoise_migrations
    ADD CONSTRAINT tortoise_migrations_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.acts
    ADD CONSTRAINT uid_acts_source__6c18b8 UNIQUE (source_id, kind, user_id);
ALTER TABLE ONLY public.conversations
    ADD CONSTRAINT uid_conversatio_low_id_366dbc UNIQUE (low_id, high_id);
ALTER TABLE ONLY public.conversation_log
    ADD CONSTRAINT uid_conversatio_user_id_41f751 UNIQUE (user_id, seq);
ALTER TABLE ONLY public.highlight_stories
    ADD CONSTRAINT uid_highlight_s_story_i_51e340 UNIQUE (story_id, highlight_id);
ALTER TABLE ONLY public.idempotency_keys
    ADD CONSTRAINT uid_idempotency_viewer__ee875c UNIQUE (viewer_id, mutation, key);
ALTER TABLE ONLY public.impressions
    ADD CONSTRAINT uid_impressions_user_id_6dd28e UNIQUE (user_id, post_id);
ALTER TABLE ONLY public.jobs
    ADD CONSTRAINT uid_jobs_kind_50ad5a UNIQUE (kind, subject_id);
ALTER TABLE ONLY public.likes
    ADD CONSTRAINT uid_likes_subject_d28a12 UNIQUE (subject_id, user_id);
ALTER TABLE ONLY public.members
    ADD CONSTRAINT uid_members_convers_4673f6 UNIQUE (conversation_id, user_id);
ALTER TABLE ONLY public.messages
    ADD CONSTRAINT uid_messages_convers_b8b89b UNIQUE (conversation_id, seq);
ALTER TABLE ONLY public.mls_deliveries
    ADD CONSTRAINT uid_mls_deliver_device__d262d4 UNIQUE (device_id, sequence);
ALTER TABLE ONLY public.mls_devices
    ADD CONSTRAINT uid_mls_devices_user_id_114a8d UNIQUE (user_id, signature_key);
ALTER TABLE ONLY public.mls_key_packages
    ADD CONSTRAINT uid_mls_key_pac_ref_57073c UNIQUE (ref);
ALTER TABLE ONLY public.mls_members
    ADD CONSTRAINT uid_mls_members_group_i_fc57b3 UNIQUE (group_id, device_id);
ALTER TABLE ONLY public.pushed_anyway
    ADD CONSTRAINT uid_pushed_anyw_author__058da3 UNIQUE (author_id, reader_id);
ALTER TABLE ONLY public.pushes
    ADD CONSTRAINT uid_pushes_user_id_98976b UNIQUE (user_id, collapse_key);
ALTER TABLE ONLY public.relations
    ADD CONSTRAINT uid_relations_from_id_f97bbe UNIQUE (from_id, to_id, kind);
ALTER TABLE ONLY public.saves
    ADD CONSTRAINT uid_saves_user_id_0cfbfa UNIQUE (user_id, post_id);
ALTER TABLE ONLY public.story_views
    ADD CONSTRAINT uid_story_views_story_i_52801e UNIQUE (story_id, viewer_id);
ALTER TABLE ONLY public.taggings
    ADD CONSTRAINT uid_taggings_post_id_a8ed6a UNIQUE (post_id, hashtag_id);
ALTER TABLE ONLY public.tortoise_migrations
    ADD CONSTRAINT uid_tortoise_mi_app_3803a5 UNIQUE (app, name);
ALTER TABLE ONLY public.user_tags
    ADD CONSTRAINT uid_user_tags_upload__366ea4 UNIQUE (upload_id, user_id);
ALTER TABLE ONLY public.uploads
    ADD CONSTRAINT uploads_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.uploads
    ADD CONSTRAINT uploads_token_key UNIQUE (token);
ALTER TABLE ONLY public.user_tags
    ADD CONSTRAINT user_tags_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_email_key UNIQUE (email);
ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_username_key UNIQUE (username);
CREATE INDEX acts_newest ON public.acts USING btree (notification_id, id) WHERE newest;
CREATE INDEX acts_of_actor ON public.acts USING btree (actor_id, id);
CREATE INDEX acts_of_notification ON public.acts USING btree (notification_id, actor_id);
CREATE INDEX attachments_of_post ON public.attachments USING btree (post_id, "position");
CREATE UNIQUE INDEX attachments_of_upload ON public.attachments USING btree (upload_id);
CREATE INDEX comments_by_author ON public.comments USING btree (author_id, id);
CREATE INDEX comments_by_author_on_post ON public.comments USING btree (post_id, author_id);
CREATE INDEX comments_of_post ON public.comments USING btree (post_id, id) WHERE (parent_id IS NULL);
CREATE INDEX devices_of_user ON public.devices USING btree (user_id, registered_at);
CREATE INDEX former_usernames_of_user ON public.former_usernames USING btree (user_id) WHERE (user_id IS NOT NULL);
CREATE INDEX highlights_of_user ON public.highlights USING btree (user_id, id);
CREATE INDEX idx_conversatio_key_id_071f1e ON public.conversations USING btree (key_id);
CREATE INDEX idx_devices_session_393214 ON public.devices USING btree (session_id);
CREATE INDEX idx_erasures_due_at_17735f ON public.erasures USING btree (due_at);
CREATE INDEX idx_erasures_token_f89cbc ON public.erasures USING btree (token);
CREATE INDEX idx_former_user_free_at_08316d ON public.former_usernames USING btree (free_at);
CREATE INDEX idx_idempotency_created_944834 ON public.idempotency_keys USING btree (created_at);
CREATE INDEX idx_jobs_due_at_436b25 ON public.jobs USING btree (due_at);
CREATE INDEX idx_mls_deliver_message_e97e4b ON public.mls_deliveries USING btree (message_id);
CREATE INDEX idx_mls_key_pac_not_aft_4e5b45 ON public.mls_key_packages USING btree (not_after);
CREATE INDEX idx_mls_members_device__a9e6a8 ON public.mls_members USING btree (device_id);
CREATE INDEX idx_pushes_due_at_5f5321 ON public.pushes USING btree (due_at);
CREATE INDEX idx_sessions_expires_6bcc94 ON public.sessions USING btree (expires_at);
CREATE INDEX idx_uploads_created_5067ce ON public.uploads USING btree (created_at);
CREATE INDEX impressions_of_post ON public.impressions USING btree (post_id, id);
CREATE INDEX impressions_of_user ON public.impressions USING btree (user_id, id);
CREATE INDEX likes_by_user ON public.likes USING btree (user_id, id);
CREATE INDEX likes_of_subject ON public.likes USING btree (subject_id, id);
CREATE INDEX members_of_user ON public.members USING btree (user_id, is_request, updated_at, conversation_id);
CREATE INDEX members_unread ON public.members USING btree (user_id) WHERE ((unread > 0) AND (NOT is_request));
CREATE INDEX mentions_of_source ON public.mentions USING btree (source_id, "position");
CREATE INDEX mentions_of_user ON public.mentions USING btree (user_id, id);
CREATE INDEX messages_by_sender ON public.messages USING btree (sender_id, id);
CREATE INDEX messages_of_picture ON public.messages USING btree (attached_id) WHERE (attached_tag = 3);
CREATE INDEX mls_key_packages_of_device ON public.mls_key_packages USING btree (device_id, claimed_for, id);
CREATE INDEX notifications_of_target ON public.notifications USING btree (target_id, kind);
CREATE INDEX notifications_of_user ON public.notifications USING btree (user_id, updated_at, id);
CREATE UNIQUE INDEX notifications_open ON public.notifications USING btree (user_id, kind, target_id) WHERE open;
CREATE INDEX outbox_sent ON public.outbox USING btree (sent_at) WHERE (sent_at IS NOT NULL);
CREATE INDEX outbox_unsent ON public.outbox USING btree (id) WHERE (sent_at IS NULL);
CREATE INDEX posts_by_author ON public.posts USING btree (author_id, id);
CREATE INDEX posts_of_author ON public.posts USING btree (author_id, published_at DESC, id DESC) WHERE (published_at IS NOT NULL);
CREATE INDEX posts_of_location ON public.posts USING btree (location_id, published_at DESC, id DESC) WHERE (location_id IS NOT NULL);
CREATE INDEX pushed_anyway_of_reader ON public.pushed_anyway USING btree (reader_id, id);
CREATE INDEX relations_from ON public.relations USING btree (from_id, kind, id);
CREATE INDEX relations_to ON public.relations USING btree (to_id, kind, id);
CREATE INDEX replies_of_comment ON public.comments USING btree (parent_id, id) WHERE (parent_id IS NOT NULL);
CREATE INDEX saves_of_post ON public.saves USING btree (post_id, id);
CREATE INDEX saves_of_user ON public.saves USING btree (user_id, id);
CREATE INDEX sessions_of_user ON public.sessions USING btree (user_id);
CREATE INDEX stories_due ON public.stories USING btree (due_at) WHERE (due_at IS NOT NULL);
CREATE INDEX stories_of_author ON public.stories USING btree (author_id, published_at, id);
CREATE INDEX stories_of_highlight ON public.highlight_stories USING btree (highlight_id, id);
CREATE UNIQUE INDEX stories_of_upload ON public.stories USING btree (upload_id);
CREATE INDEX story_views_by_viewer ON public.story_views USING btree (viewer_id, id);
CREATE INDEX story_views_of_story ON public.story_views USING btree (story_id, id);
CREATE INDEX taggings_by_author ON public.taggings USING btree (hashtag_id, author_id);
CREATE INDEX taggings_of_hashtag ON public.taggings USING btree (hashtag_id, published_at DESC, post_id DESC);
CREATE INDEX tallies_unsent ON public.tallies USING btree (id) WHERE (sent_at IS NULL);
CREATE INDEX uploads_awaiting ON public.uploads USING btree (expires_at) WHERE ((status)::text = 'AWAITING_BYTES'::text);
CREATE INDEX uploads_in_review ON public.uploads USING btree (id) WHERE ((status)::text = 'IN_REVIEW'::text);
CREATE INDEX uploads_of_owner ON public.uploads USING btree (owner_id);
CREATE INDEX uploads_to_process ON public.uploads USING btree (heavy, (((status)::text = 'READY'::text)), id) WHERE (((status)::text = 'PROCESSING'::text) OR (((status)::text = 'READY'::text) AND (progress < (1)::double precision)));
CREATE INDEX uploads_unused ON public.uploads USING btree (created_at) WHERE (NOT used);
CREATE INDEX user_tags_of_user ON public.user_tags USING btree (user_id, id);
CREATE INDEX users_pulled ON public.users USING btree (id) WHERE is_pulled;
ALTER TABLE ONLY public.acts
    ADD CONSTRAINT acts_notification_id_fkey FOREIGN KEY (notification_id) REFERENCES public.notifications(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.attachments
    ADD CONSTRAINT attachments_post_id_fkey FOREIGN KEY (post_id) REFERENCES public.posts(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.attachments
    ADD CONSTRAINT attachments_upload_id_fkey FOREIGN KEY (upload_id) REFERENCES public.uploads(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.devices
    ADD CONSTRAINT devices_session_id_fkey FOREIGN KEY (session_id) REFERENCES public.sessions(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.devices
    ADD CONSTRAINT devices_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.highlight_stories
    ADD CONSTRAINT highlight_stories_highlight_id_fkey FOREIGN KEY (highlight_id) REFERENCES public.highlights(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.highlight_stories
    ADD CONSTRAINT highlight_stories_story_id_fkey FOREIGN KEY (story_id) REFERENCES public.stories(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.mls_deliveries
    ADD CONSTRAINT mls_deliveries_device_id_fkey FOREIGN KEY (device_id) REFERENCES public.mls_devices(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.mls_devices
    ADD CONSTRAINT mls_devices_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.mls_key_packages
    ADD CONSTRAINT mls_key_packages_device_id_fkey FOREIGN KEY (device_id) REFERENCES public.mls_devices(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.mls_members
    ADD CONSTRAINT mls_members_group_id_fkey FOREIGN KEY (group_id) REFERENCES public.mls_groups(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.posts
    ADD CONSTRAINT posts_author_id_fkey FOREIGN KEY (author_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.stories
    ADD CONSTRAINT stories_author_id_fkey FOREIGN KEY (author_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.stories
    ADD CONSTRAINT stories_upload_id_fkey FOREIGN KEY (upload_id) REFERENCES public.uploads(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.uploads
    ADD CONSTRAINT uploads_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES public.users(id) ON DELETE CASCADE;
