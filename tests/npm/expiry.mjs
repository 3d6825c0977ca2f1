// `node expiry.mjs URL REFRESH_TOKEN EVENTS_CURSOR NOTIFICATIONS_CURSOR` listens to messages and notifications with
// graphql-ws, whose `connectionParams` get a new access token for each connection. Prints a line of JSON for each event
// and for each connection that was lost, and connects again when it reads a line.
import readline from "node:readline";
import { createClient } from "graphql-ws";
import WebSocket from "ws";

const [url, first, events, notifications] = process.argv.slice(2);
const lines = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const print = (value) => console.log(JSON.stringify(value));

let refreshToken = first;
async function connectionParams() {
  const query = `mutation ($token: String!) { refreshSession(refreshToken: $token) { accessToken refreshToken } }`;
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query, variables: { token: refreshToken } }),
  });
  const session = (await response.json()).data.refreshSession;
  refreshToken = session.refreshToken;
  return { authorization: `Bearer ${session.accessToken}` };
}

const client = createClient({
  url: url.replace("http", "ws"),
  webSocketImpl: WebSocket,
  connectionParams,
  retryAttempts: 20,
  retryWait: () => lines.next(),
  on: { closed: (event) => print({ closed: event.code }) },
});

// The client sends the same payload again after each connection: `after` moves with the events.
function listen(payload, read) {
  const seen = new Set();
  client.subscribe(payload, {
    next: ({ data, errors }) => {
      if (errors) return print({ errors });
      const { cursor, ...event } = read(data);
      payload.variables.after = cursor;
      if (!seen.has(cursor)) print(event);
      seen.add(cursor);
    },
    error: (error) => print({ error: String(error?.reason ?? error) }),
    complete: () => print({ complete: true }),
  });
}

listen(
  {
    query: `subscription ($after: String) { conversationEvents(after: $after) {
      cursor ... on MessageSent { message { text } } } }`,
    variables: { after: events },
  },
  ({ conversationEvents: { cursor, message } }) => ({ cursor, message: message.text }),
);
listen(
  {
    query: `subscription ($after: String) { notificationReceived(after: $after) {
      cursor notification { actorCount } } }`,
    variables: { after: notifications },
  },
  ({ notificationReceived: { cursor, notification } }) => ({ cursor, followers: notification.actorCount }),
);
