// Mercurius with graphql-jit, which compiles a document when it comes for the second time.
import Fastify from "fastify";
import mercurius from "mercurius";
import { context, port, resolvers, typeDefs } from "./common.mjs";

const app = Fastify();
app.register(mercurius, {
  schema: typeDefs,
  resolvers: { ...resolvers, Media: { resolveType: () => "Photo" } },
  context: (request) => context(request.headers.authorization),
  jit: 1,
});
await app.listen({ port, host: "127.0.0.1" });
