// The page of tests/journeys/test_apollo.py: Apollo Client with the functions of docs/clients.md, in `clients.mjs`.
import { gql } from "@apollo/client";
import { connect, listen } from "./clients.mjs";

let api;
let client;
let feed;
const session = {};
window.session = session;
window.heard = [];

const payload = async (mutation, variables) => {
  const [result] = Object.values((await client.mutate({ mutation, variables })).data);
  if (result.userErrors.length) throw new Error(result.userErrors[0].code);
  return result;
};

window.begin = (url) => {
  api = url;
  client = connect(api, session);
};

window.signUp = async (input) => {
  const { accessToken, refreshToken, viewer } = await payload(
    gql`mutation ($input: SignUpInput!) { signUp(input: $input) {
      accessToken refreshToken viewer { user { id username } } userErrors { code } } }`,
    { input },
  );
  Object.assign(session, { accessToken, refreshToken });
  return viewer.user;
};

window.follow = (id) =>
  payload(gql`mutation ($id: ID!) { follow(userId: $id) { user { id viewerFollow } userErrors { code } } }`, { id });

// Uploads and posts a photo; gives the caption of the post once it is published.
window.share = async (path, caption) => {
  const file = await (await fetch(path)).blob();
  const { uploads: [{ id, target }] } = await payload(
    gql`mutation ($file: UploadFileInput!) { createUploads(input: { files: [$file] }) {
      uploads { id target { ... on SingleUploadTarget { url headers { name value } } } } userErrors { code } } }`,
    { file: { kind: "PHOTO", contentType: file.type, byteSize: file.size } },
  );
  const headers = target.headers.map(({ name, value }) => [name, value]);
  await fetch(target.url, { method: "PUT", headers, body: file });
  let { post } = await payload(
    gql`mutation ($input: CreatePostInput!) { createPost(input: $input) { post { id status } userErrors { code } } }`,
    { input: { media: [{ uploadId: id }], caption } },
  );
  while (post.status === "PROCESSING") {
    await new Promise((done) => setTimeout(done, 50));
    const answer = await client.query({
      query: gql`query ($id: ID!) { node(id: $id) { ... on Post { id status caption media { id image(width: 320) { url } } } } }`,
      variables: { id: post.id },
      fetchPolicy: "network-only",
    });
    post = answer.data.node;
  }
  return post.caption;
};

const FEED = gql`query ($first: Int!, $after: String) { feed(first: $first, after: $after, order: CHRONOLOGICAL) {
  edges { cursor node { id caption likeCount viewerHasLiked author { id username } } }
  pageInfo { hasNextPage endCursor } } }`;
let shown = [];
// Apollo tells of what has changed a moment later.
const rendered = () => new Promise((done) => setTimeout(done, 20));

// How many posts are shown after each page, and their captions at last.
window.scroll = async (first) => {
  feed?.unsubscribe();
  const watched = client.watchQuery({ query: FEED, variables: { first }, fetchPolicy: "cache-and-network" });
  let page = await new Promise((done) => {
    feed = watched.subscribe(({ data, dataState, loading }) => {
      if (dataState !== "complete") return;
      shown = data.feed.edges.map(({ node }) => node);
      if (!loading) done(data.feed.pageInfo);
    });
  });
  const lengths = [shown.length];
  while (page.hasNextPage) {
    const more = await watched.fetchMore({ variables: { after: page.endCursor } });
    page = more.data.feed.pageInfo;
    await rendered();
    lengths.push(shown.length);
  }
  return [lengths, shown.map(({ caption }) => caption)];
};

// Whether each post that is shown is liked, after this one was: the feed is not asked again.
window.like = async (position) => {
  const { id } = shown[position];
  await payload(
    gql`mutation ($id: ID!) { likePost(postId: $id) { post { id likeCount viewerHasLiked } userErrors { code } } }`,
    { id },
  );
  await rendered();
  return shown.map(({ viewerHasLiked }) => viewerHasLiked);
};

window.listen = async () => {
  const { data } = await client.query({
    query: gql`{ viewer { conversationEventsCursor notificationsCursor } }`,
    fetchPolicy: "network-only",
  });
  const onError = (error) => window.heard.push({ error: String(error) });
  listen(
    client,
    gql`subscription ($after: String) { conversationEvents(after: $after) {
      cursor ... on MessageSent { message { id text } } } }`,
    { after: data.viewer.conversationEventsCursor },
    ({ message }) => window.heard.push({ text: message.text }),
    onError,
  );
  listen(
    client,
    gql`subscription ($after: String) { notificationReceived(after: $after) { cursor notification { id actorCount } } }`,
    { after: data.viewer.notificationsCursor },
    ({ notification }) => window.heard.push({ followers: notification.actorCount }),
    onError,
  );
};

// Several reads at once.
window.readAtOnce = (count) =>
  Promise.all(
    Array.from({ length: count }, async (_, n) => {
      const query = gql(`query Read${n} { viewer { user { id username } } }`);
      return (await client.query({ query, fetchPolicy: "network-only" })).data.viewer.user.username;
    }),
  );
