-- What bench/feed.graphql reads, as views for PostGraphile: no ranking, no privacy, no live counts.
CREATE SCHEMA peer;

CREATE FUNCTION peer.viewer_id() RETURNS bigint LANGUAGE sql STABLE AS
  $$ SELECT current_setting('viewer.id')::bigint $$;
COMMENT ON FUNCTION peer.viewer_id() IS '@behavior -*';

CREATE VIEW peer.person AS
  SELECT id, username::text, display_name, is_verified,
    'MEDIA_URL/' || (
      SELECT v->>'key' FROM jsonb_array_elements(avatar->'variants') v
      WHERE v->>'format' = 'JPEG' ORDER BY (v->>'width')::int >= 150 DESC, (v->>'width')::int LIMIT 1
    ) AS avatar_url
  FROM public.users WHERE status = 'ACTIVE';
COMMENT ON VIEW peer.person IS '@primaryKey id';

CREATE FUNCTION peer.person_viewer_follow(person peer.person) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN EXISTS (
    SELECT FROM public.relations WHERE from_id = peer.viewer_id() AND to_id = person.id AND kind = 1
  ) THEN 'FOLLOWING' ELSE 'NONE' END
$$;

CREATE VIEW peer.location AS SELECT id, name, latitude, longitude FROM public.locations;
COMMENT ON VIEW peer.location IS '@primaryKey id';

CREATE VIEW peer.post AS
  SELECT id, author_id, caption, hashtags, published_at AS created_at, location_id, like_count, comment_count
  FROM public.posts WHERE status = 'PUBLISHED';
COMMENT ON VIEW peer.post IS E'@primaryKey id\n@foreignKey (author_id) references peer.person (id)|@fieldName author\n@foreignKey (location_id) references peer.location (id)|@fieldName location';

CREATE FUNCTION peer.post_viewer_has_liked(post peer.post) RETURNS boolean LANGUAGE sql STABLE AS
  $$ SELECT EXISTS (SELECT FROM public.likes WHERE subject_id = post.id AND user_id = peer.viewer_id()) $$;
CREATE FUNCTION peer.post_viewer_has_saved(post peer.post) RETURNS boolean LANGUAGE sql STABLE AS
  $$ SELECT EXISTS (SELECT FROM public.saves WHERE post_id = post.id AND user_id = peer.viewer_id()) $$;

CREATE VIEW peer.media AS
  SELECT u.id, a.post_id, a.position, (u.media->>'width')::int AS width, (u.media->>'height')::int AS height,
    u.media->>'blurhash' AS blurhash, a.alt_text
  FROM public.attachments a JOIN public.uploads u ON u.id = a.upload_id WHERE u.status = 'READY';
COMMENT ON VIEW peer.media IS E'@primaryKey id\n@foreignKey (post_id) references peer.post (id)|@foreignSimpleFieldName media|@behavior +list -connection';

CREATE TYPE peer.variant AS (format text, width int, url text);
CREATE FUNCTION peer.media_variants(media peer.media) RETURNS SETOF peer.variant LANGUAGE sql STABLE AS $$
  SELECT v->>'format', (v->>'width')::int, 'MEDIA_URL/' || (v->>'key')
  FROM public.uploads u, jsonb_array_elements(u.media->'variants') v WHERE u.id = media.id
$$;
COMMENT ON FUNCTION peer.media_variants(peer.media) IS '@behavior +list -connection';

CREATE VIEW peer.comment AS
  SELECT id, post_id, author_id, text, created_at FROM public.comments WHERE parent_id IS NULL;
COMMENT ON VIEW peer.comment IS E'@primaryKey id\n@foreignKey (author_id) references peer.person (id)|@fieldName author\n@foreignKey (post_id) references peer.post (id)|@foreignFieldName comments';

CREATE FUNCTION peer.feed(ids bigint[]) RETURNS SETOF peer.post LANGUAGE sql STABLE AS $$
  SELECT post.* FROM unnest(ids) WITH ORDINALITY AS wanted (id, place) JOIN peer.post USING (id) ORDER BY place
$$;
