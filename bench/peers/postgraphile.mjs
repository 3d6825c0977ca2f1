// PostGraphile with its own preset, on the views of postgraphile.sql; the viewer is a setting of each transaction.
import { createServer } from "node:http";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";

const instance = postgraphile({
  extends: [PostGraphileAmberPreset],
  pgServices: [makePgService({ connectionString: process.env.PEER_DATABASE, schemas: ["peer"] })],
  grafast: {
    context: ({ node }) => ({
      pgSettings: { "viewer.id": node.req.headers.authorization.slice("Bearer ".length) },
    }),
  },
  grafserv: { graphqlPath: "/graphql", graphiql: false, watch: false },
});
const server = createServer();
await instance.createServ(grafserv).addTo(server);
server.listen(Number(process.env.PEER_PORT), "127.0.0.1");
