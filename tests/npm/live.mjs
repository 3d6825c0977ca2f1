// `node live.mjs ws|sse URL TOKEN AFTER COUNT` listens with the client library that frontends use, and comes back with
// its last cursor whenever the connection is lost. Prints the text of each message on a line, and ends after COUNT.
import { createClient as createSse } from "graphql-sse";
import { createClient as createWs } from "graphql-ws";
import WebSocket from "ws";

const [way, url, token, first, count] = process.argv.slice(2);
const query = `subscription ($after: String) { conversationEvents(after: $after) {
  cursor ... on MessageSent { message { text } } } }`;
const authorization = `Bearer ${token}`;
const client =
  way === "ws"
    ? createWs({
        url: url.replace("http", "ws"),
        webSocketImpl: WebSocket,
        connectionParams: { authorization },
        retryAttempts: 0,
      })
    : createSse({ url, headers: { authorization }, retryAttempts: 0 });

let after = first;
let heard = 0;
while (heard < Number(count)) {
  try {
    for await (const { data, errors } of client.iterate({ query, variables: { after } })) {
      if (errors) throw new Error(errors[0].message);
      after = data.conversationEvents.cursor;
      console.log(data.conversationEvents.message.text);
      if (++heard === Number(count)) break;
    }
  } catch (error) {
    console.error(String(error?.reason ?? error));
  }
  if (heard < Number(count)) {
    console.error("lost: coming back");
    await new Promise((done) => setTimeout(done, 50));
  }
}
await client.dispose?.();
process.exit(0);
