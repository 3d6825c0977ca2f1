// Boots GraphiQL on /graphql of this origin. A file of its own, because the page's policy allows no inline script.
"use strict";

// A library in GraphiQL adds a <style> element while a dialog is open, with this nonce.
globalThis.__webpack_nonce__ = document.querySelector("meta[name=style-nonce]").content;

const FIRST_QUERY = `# Ctrl-Enter runs this. The second tab signs in;
# then write into the Headers below, in every tab:
# { "Authorization": "Bearer (accessToken)" }
{
  user(username: "ada") {
    displayName
    posts(first: 3) {
      nodes {
        caption
        media {
          image(width: 640) {
            url
          }
        }
      }
    }
  }
}
`;

const SIGN_IN = `mutation SignIn {
  signIn(
    input: { login: "ada", password: "heliograph" }
  ) {
    accessToken
    accessTokenExpiresAt
    viewer {
      user {
        username
      }
    }
    userErrors {
      code
      message
    }
  }
}
`;

const url = new URL("/graphql", location.href);
const socketUrl = new URL(url);
socketUrl.protocol = url.protocol === "https:" ? "wss:" : "ws:";

// A socket says who it is once, when it opens: one client for each Authorization of the Headers editor.
const fetchers = new Map();

function fetcherFor(authorization) {
  if (!fetchers.has(authorization)) {
    const wsClient = graphqlWs.createClient({
      url: socketUrl.href,
      connectionParams: authorization === undefined ? {} : { authorization },
    });
    // No multipart answers: the server sends none.
    fetchers.set(authorization, GraphiQL.createFetcher({ url: url.href, wsClient, enableIncrementalDelivery: false }));
  }
  return fetchers.get(authorization);
}

function fetcher(parameters, options) {
  const name = Object.keys(options?.headers ?? {}).find((key) => key.toLowerCase() === "authorization");
  return fetcherFor(name && options.headers[name])(parameters, options);
}

ReactDOM.createRoot(document.getElementById("graphiql")).render(
  React.createElement(GraphiQL, {
    fetcher,
    defaultQuery: FIRST_QUERY,
    defaultTabs: [{ query: FIRST_QUERY }, { query: SIGN_IN }],
    defaultEditorToolsVisibility: "headers",
  }),
);
