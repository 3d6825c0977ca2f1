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
CREATE FUNCTION public.list_tagging() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  NEW.is_listed := coalesce(
    (SELECT NOT is_private AND status = 'ACTIVE' FROM users WHERE id = NEW.author_id), false
  );
  RETURN NEW;
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
CREATE FUNCTION public.number_notification() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  INSERT INTO notification_sequences AS s (id, last_seq) VALUES (NEW.user_id, 1)
  ON CONFLICT (id) DO UPDATE SET last_seq = s.last_seq + 1
  RETURNING last_seq INTO NEW.seq;
  RETURN NEW;
END $$;
CREATE FUNCTION public.promise_jobs_of_account() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  INSERT INTO jobs (id, kind, subject_id, due_at, created_at)
  SELECT next_id((NEW.id >> 10 & 4095)::int), k.kind, NEW.id, now() + interval '1 hour', now()
  FROM (VALUES ('list taggings'), ('count activity')) AS k(kind)
  WHERE k.kind = 'list taggings' OR NEW.status <> OLD.status
  ON CONFLICT (kind, subject_id) DO UPDATE SET due_at = excluded.due_at;
  RETURN NULL;
END $$;
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
CREATE TABLE public.banned_hashtags (
    id bigint NOT NULL,
    name character varying(100) NOT NULL,
    created_at timestamp with time zone NOT NULL
);
COMMENT ON TABLE public.banned_hashtags IS 'A hashtag that never trends; `name` as in `Hashtag`. Posts under it stay where they are.';
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
    reply_count integer DEFAULT 0 NOT NULL,
    is_counted boolean DEFAULT true NOT NULL
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
    gone boolean DEFAULT false NOT NULL,
    failures integer DEFAULT 0 NOT NULL
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
    post_count bigint DEFAULT 0 NOT NULL,
    written character varying(100)
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
    created_at timestamp with time zone NOT NULL,
    failures integer DEFAULT 0 NOT NULL
);
COMMENT ON TABLE public.jobs IS 'Work that a request has promised and did not wait for: `kind` says what is done with `subject_id`.';
CREATE TABLE public.likes (
    id bigint NOT NULL,
    subject_id bigint NOT NULL,
    user_id bigint NOT NULL,
    is_counted boolean DEFAULT true NOT NULL
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
    "position" smallint NOT NULL,
    is_removed boolean DEFAULT false NOT NULL
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
CREATE TABLE public.notification_sequences (
    id bigint NOT NULL,
    last_seq bigint NOT NULL
);
COMMENT ON TABLE public.notification_sequences IS 'The newest `seq` of the notifications of a user, whose id it has.';
CREATE TABLE public.notifications (
    id bigint NOT NULL,
    user_id bigint NOT NULL,
    kind character varying(20) NOT NULL,
    target_tag smallint NOT NULL,
    target_id bigint NOT NULL,
    actor_count integer DEFAULT 0 NOT NULL,
    open boolean DEFAULT true NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    seq bigint
);
COMMENT ON TABLE public.notifications IS 'What others did to one thing of `user_id`, or about them, since `opened_at`; `kind` is a NotificationKind.';
CREATE TABLE public.outbox (
    id bigint NOT NULL,
    kind character varying(40) NOT NULL,
    payload jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL,
    sent_at timestamp with time zone,
    consumer character varying(20)
);
COMMENT ON TABLE public.outbox IS 'A domain event, written in the transaction it tells of; `sent_at` is when the relay put it on the stream.';
CREATE TABLE public.parked_work (
    id bigint NOT NULL,
    queue character varying(40) NOT NULL,
    source character varying(40) NOT NULL,
    kind character varying(40) NOT NULL,
    payload text NOT NULL,
    reason character varying(20) NOT NULL,
    error text NOT NULL,
    parked_at timestamp with time zone NOT NULL
);
COMMENT ON TABLE public.parked_work IS 'Work that its queue could not do, kept until it is redriven (`domain/parking`).';
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
    kind smallint NOT NULL,
    is_counted boolean DEFAULT true NOT NULL
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
CREATE TABLE public.searches (
    id bigint NOT NULL,
    user_id bigint NOT NULL,
    folded text NOT NULL,
    query text NOT NULL,
    item_tag smallint DEFAULT 0 NOT NULL,
    item_id bigint DEFAULT 0 NOT NULL,
    searched_at timestamp with time zone NOT NULL
);
COMMENT ON TABLE public.searches IS 'A search of `user_id`. `folded` is `query` as search compares it; `item_tag` and `item_id` what they opened.';
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
CREATE TABLE public.storage_usage (
    id bigint NOT NULL,
    used_bytes bigint NOT NULL
);
COMMENT ON TABLE public.storage_usage IS 'Bytes of the originals of an account''s uploads that are stored or awaited; the id is the account''s.';
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
    viewer_id bigint NOT NULL,
    is_counted boolean DEFAULT true NOT NULL
);
COMMENT ON TABLE public.story_views IS '`viewer_id` has seen a story, in whose shard it lives. No foreign key: a popular story would be locked for each';
CREATE TABLE public.taggings (
    id bigint NOT NULL,
    hashtag_id bigint NOT NULL,
    post_id bigint NOT NULL,
    author_id bigint NOT NULL,
    published_at timestamp with time zone NOT NULL,
    is_listed boolean DEFAULT true NOT NULL
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
    vetted boolean DEFAULT false NOT NULL,
    slow boolean DEFAULT false NOT NULL,
    original_name character varying(32),
    other_failures integer DEFAULT 0 NOT NULL,
    waits_for_retry boolean DEFAULT false NOT NULL
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
    is_pulled boolean DEFAULT false NOT NULL,
    saves_searches boolean DEFAULT true NOT NULL
);
COMMENT ON TABLE public.users IS 'A person. `username` and `email` are stored in lower case.';
ALTER TABLE ONLY public.tortoise_migrations ALTER COLUMN id SET DEFAULT nextval('public.tortoise_migrations_id_seq'::regclass);
ALTER TABLE ONLY public.acts
    ADD CONSTRAINT acts_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.attachments
    ADD CONSTRAINT attachments_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.banned_hashtags
    ADD CONSTRAINT banned_hashtags_name_key UNIQUE (name);
ALTER TABLE ONLY public.banned_hashtags
    ADD CONSTRAINT banned_hashtags_pkey PRIMARY KEY (id);
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
ALTER TABLE ONLY public.notification_sequences
    ADD CONSTRAINT notification_sequences_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.notifications
    ADD CONSTRAINT notifications_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT outbox_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.parked_work
    ADD CONSTRAINT parked_work_pkey PRIMARY KEY (id);
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
ALTER TABLE ONLY public.searches
    ADD CONSTRAINT searches_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.storage_usage
    ADD CONSTRAINT storage_usage_pkey PRIMARY KEY (id);
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
ALTER TABLE ONLY public.parked_work
    ADD CONSTRAINT uid_parked_work_queue_0a5c50 UNIQUE (queue, source);
ALTER TABLE ONLY public.pushed_anyway
    ADD CONSTRAINT uid_pushed_anyw_author__058da3 UNIQUE (author_id, reader_id);
ALTER TABLE ONLY public.pushes
    ADD CONSTRAINT uid_pushes_user_id_98976b UNIQUE (user_id, collapse_key);
ALTER TABLE ONLY public.relations
    ADD CONSTRAINT uid_relations_from_id_f97bbe UNIQUE (from_id, to_id, kind);
ALTER TABLE ONLY public.saves
    ADD CONSTRAINT uid_saves_user_id_0cfbfa UNIQUE (user_id, post_id);
ALTER TABLE ONLY public.searches
    ADD CONSTRAINT uid_searches_user_id_749ccc UNIQUE (user_id, folded, item_tag, item_id);
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
CREATE INDEX hashtags_by_beginning ON public.hashtags USING btree (name text_pattern_ops);
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
CREATE INDEX idx_searches_searche_d71bba ON public.searches USING btree (searched_at);
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
CREATE INDEX notifications_by_seq ON public.notifications USING btree (user_id, seq) WHERE (seq IS NOT NULL);
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
CREATE INDEX searches_of_user ON public.searches USING btree (user_id, searched_at);
CREATE INDEX sessions_of_user ON public.sessions USING btree (user_id);
CREATE INDEX stories_due ON public.stories USING btree (due_at) WHERE (due_at IS NOT NULL);
CREATE INDEX stories_of_author ON public.stories USING btree (author_id, published_at, id);
CREATE INDEX stories_of_highlight ON public.highlight_stories USING btree (highlight_id, id);
CREATE UNIQUE INDEX stories_of_upload ON public.stories USING btree (upload_id);
CREATE INDEX story_views_by_viewer ON public.story_views USING btree (viewer_id, id);
CREATE INDEX story_views_of_story ON public.story_views USING btree (story_id, id);
CREATE INDEX taggings_by_author ON public.taggings USING btree (hashtag_id, author_id);
CREATE INDEX taggings_listed ON public.taggings USING btree (published_at) INCLUDE (hashtag_id, author_id) WHERE is_listed;
CREATE INDEX taggings_listed_of_hashtag ON public.taggings USING btree (hashtag_id, published_at) INCLUDE (author_id) WHERE is_listed;
CREATE INDEX taggings_of_hashtag ON public.taggings USING btree (hashtag_id, published_at DESC, post_id DESC);
CREATE INDEX tallies_unsent ON public.tallies USING btree (id) WHERE (sent_at IS NULL);
CREATE INDEX uploads_awaiting ON public.uploads USING btree (expires_at) WHERE ((status)::text = 'AWAITING_BYTES'::text);
CREATE INDEX uploads_by_old_name ON public.uploads USING btree (id) WHERE (original = ('originals/'::text || (token)::text));
CREATE INDEX uploads_claimed ON public.uploads USING btree (claimed_until) WHERE ((claimed_until IS NOT NULL) AND (((status)::text = 'PROCESSING'::text) OR (((status)::text = 'READY'::text) AND (progress < (1)::double precision))));
CREATE INDEX uploads_in_review ON public.uploads USING btree (id) WHERE ((status)::text = 'IN_REVIEW'::text);
CREATE INDEX uploads_of_owner ON public.uploads USING btree (owner_id);
CREATE UNIQUE INDEX uploads_original_name ON public.uploads USING btree (original_name) WHERE (original_name IS NOT NULL);
CREATE INDEX uploads_queue ON public.uploads USING btree (heavy, slow, status, id) WHERE (((status)::text = 'PROCESSING'::text) OR (((status)::text = 'READY'::text) AND (progress < (1)::double precision)));
CREATE INDEX uploads_queue_of_owner ON public.uploads USING btree (heavy, slow, status, owner_id, id) WHERE (((status)::text = 'PROCESSING'::text) OR (((status)::text = 'READY'::text) AND (progress < (1)::double precision)));
CREATE INDEX uploads_stored ON public.uploads USING btree (owner_id) INCLUDE (byte_size) WHERE ((status)::text = ANY ((ARRAY['AWAITING_BYTES'::character varying, 'PROCESSING'::character varying, 'READY'::character varying, 'IN_REVIEW'::character varying])::text[]));
CREATE INDEX uploads_unused ON public.uploads USING btree (created_at) WHERE (NOT used);
CREATE INDEX user_tags_of_user ON public.user_tags USING btree (user_id, id);
CREATE INDEX users_by_beginning ON public.users USING btree (username text_pattern_ops);
CREATE INDEX users_pulled ON public.users USING btree (id) WHERE is_pulled;
CREATE TRIGGER list_tagging BEFORE INSERT ON public.taggings FOR EACH ROW WHEN (new.is_listed) EXECUTE FUNCTION public.list_tagging();
CREATE TRIGGER number_notification BEFORE UPDATE OF updated_at ON public.notifications FOR EACH ROW EXECUTE FUNCTION public.number_notification();
CREATE TRIGGER promise_jobs_of_account AFTER UPDATE OF status, is_private ON public.users FOR EACH ROW WHEN ((((new.status)::text <> 'DELETED'::text) AND (((new.status)::text <> (old.status)::text) OR (new.is_private <> old.is_private)))) EXECUTE FUNCTION public.promise_jobs_of_account();
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
INSERT INTO public.tortoise_migrations VALUES (1, 'models', '0001_tables', now());
INSERT INTO public.tortoise_migrations VALUES (2, 'models', '0002_ids', now());
INSERT INTO public.tortoise_migrations VALUES (3, 'models', '0003_partial_indexes', now());
INSERT INTO public.tortoise_migrations VALUES (4, 'models', '0004_people_and_posts', now());
INSERT INTO public.tortoise_migrations VALUES (5, 'models', '0005_indexes_and_locks', now());
INSERT INTO public.tortoise_migrations VALUES (6, 'models', '0006_reach', now());
INSERT INTO public.tortoise_migrations VALUES (7, 'models', '0007_index_of_pulled', now());
INSERT INTO public.tortoise_migrations VALUES (8, 'models', '0008_impressions', now());
INSERT INTO public.tortoise_migrations VALUES (9, 'models', '0009_messages', now());
INSERT INTO public.tortoise_migrations VALUES (10, 'models', '0010_indexes_of_messages', now());
INSERT INTO public.tortoise_migrations VALUES (11, 'models', '0011_mls', now());
INSERT INTO public.tortoise_migrations VALUES (12, 'models', '0012_push', now());
INSERT INTO public.tortoise_migrations VALUES (13, 'models', '0013_notifications', now());
INSERT INTO public.tortoise_migrations VALUES (14, 'models', '0014_indexes_of_notifications', now());
INSERT INTO public.tortoise_migrations VALUES (15, 'models', '0015_media', now());
INSERT INTO public.tortoise_migrations VALUES (16, 'models', '0016_kinds_of_media', now());
INSERT INTO public.tortoise_migrations VALUES (17, 'models', '0017_edges', now());
INSERT INTO public.tortoise_migrations VALUES (18, 'models', '0018_stories', now());
INSERT INTO public.tortoise_migrations VALUES (19, 'models', '0019_indexes_of_stories', now());
INSERT INTO public.tortoise_migrations VALUES (20, 'models', '0020_queue_of_media', now());
INSERT INTO public.tortoise_migrations VALUES (21, 'models', '0021_storage_usage', now());
INSERT INTO public.tortoise_migrations VALUES (22, 'models', '0022_listed_taggings', now());
INSERT INTO public.tortoise_migrations VALUES (23, 'models', '0023_names_of_originals', now());
INSERT INTO public.tortoise_migrations VALUES (24, 'models', '0024_notification_sequences', now());
INSERT INTO public.tortoise_migrations VALUES (25, 'models', '0025_removed_mentions', now());
INSERT INTO public.tortoise_migrations VALUES (26, 'models', '0026_counted_activity', now());
INSERT INTO public.tortoise_migrations VALUES (27, 'models', '0027_parked_work', now());
INSERT INTO public.tortoise_migrations VALUES (28, 'models', '0028_written_hashtags', now());
INSERT INTO public.tortoise_migrations VALUES (29, 'models', '0029_writes_of_older_versions', now());
INSERT INTO public.tortoise_migrations VALUES (30, 'models', '0030_searches', now());
INSERT INTO public.tortoise_migrations VALUES (31, 'models', '0031_trends', now());
SELECT pg_catalog.setval('public.tortoise_migrations_id_seq', 31, true);
