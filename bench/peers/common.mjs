// What the peers on Node share: the data set, resolvers as the documentation of dataloader has them, and the reader.
import { readFileSync } from "node:fs";
import DataLoader from "dataloader";
import { GraphQLScalarType } from "graphql";
import Redis from "ioredis";

const MEDIA_URL = "https://media.example.com";

export const port = Number(process.env.PEER_PORT);
export const typeDefs = readFileSync(process.env.PEER_SCHEMA, "utf8");

const redis = process.env.PEER_REDIS ? new Redis(process.env.PEER_REDIS) : null;
const tables = redis ? null : read();

function read() {
  const data = JSON.parse(readFileSync(process.env.PEER_DATA, "utf8"));
  const by = (rows, value = (row) => row) => new Map(rows.map((row) => [row.id, value(row)]));
  const dated = (row) => ({ ...row, createdAt: new Date(row.createdAt) });
  return {
    feeds: data.feeds,
    users: by(data.users),
    locations: by(data.locations),
    posts: by(data.posts, ({ id, caption, hashtags, createdAt, authorId, locationId, likeCount, commentCount }) => (
      dated({ id, caption, hashtags, createdAt, authorId, locationId, likeCount, commentCount }))),
    media: by(data.posts, (post) => post.media),
    liked: by(data.posts, (post) => post.viewerHasLiked),
    saved: by(data.posts, (post) => post.viewerHasSaved),
    comments: by(data.posts, (post) => post.comments.map(dated)),
  };
}

const loader = (table) => new DataLoader(async (keys) => keys.map((key) => table.get(key)));

export function context(authorization) {
  const reader = Number(authorization.slice("Bearer ".length));
  if (!tables) return { reader };
  const { feeds, ...rest } = tables;
  const loaders = {};
  for (const name in rest) loaders[name] = loader(rest[name]);
  return { reader, loaders };
}

const page = (nodes, hasNextPage) => ({ nodes, pageInfo: { hasNextPage, endCursor: nodes.at(-1)?.id ?? null } });
const url = (key) => key && `${MEDIA_URL}/${key}`;

// Instants are text in rows, which goes out as it is, and dates in memory, as ours are in both.
const DateTime = new GraphQLScalarType({
  name: "DateTime",
  serialize: (value) => (typeof value === "string" ? value : value.toISOString()),
});

const derived = {
  DateTime,
  User: { avatarUrl: (user) => url(user.avatar) },
  ImageVariant: { url: (variant) => url(variant.key) },
};

// Rows hold all that belongs to a post: nothing is left to look up.
const ofRows = {
  Query: {
    async feed(_, { first }, { reader }) {
      const ids = await redis.zrevrange(`feed:${reader}`, 0, first - 1);
      const rows = await redis.mget(ids.map((id) => `row:${id}`));
      return page(rows.map((row) => JSON.parse(row)), true);
    },
  },
  Post: { comments: (post, { first }) => page(post.comments.slice(0, first), post.comments.length > first) },
  ...derived,
};

const ofTables = {
  Query: {
    async feed(_, { first }, { reader, loaders }) {
      return page(await loaders.posts.loadMany(tables.feeds[reader].slice(0, first)), true);
    },
  },
  Post: {
    author: (post, _, { loaders }) => loaders.users.load(post.authorId),
    location: (post, _, { loaders }) => (post.locationId ? loaders.locations.load(post.locationId) : null),
    media: (post, _, { loaders }) => loaders.media.load(post.id),
    viewerHasLiked: (post, _, { loaders }) => loaders.liked.load(post.id),
    viewerHasSaved: (post, _, { loaders }) => loaders.saved.load(post.id),
    async comments(post, { first }, { loaders }) {
      const said = await loaders.comments.load(post.id);
      return page(said.slice(0, first), said.length > first);
    },
  },
  Comment: { author: (comment, _, { loaders }) => loaders.users.load(comment.authorId) },
  ...derived,
};

export const resolvers = redis ? ofRows : ofTables;
