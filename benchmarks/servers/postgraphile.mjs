// PostGraphile 5 over the tables as they are: the Amber preset, the plugins for filters and aggregates.
import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import pg from "pg";
import { PgAggregatesPreset } from "@graphile/pg-aggregates";
import { grafserv } from "postgraphile/grafserv/node";
import { makePgService } from "postgraphile/adaptors/pg";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { postgraphile } from "postgraphile";
import { jsonPgSmartTags } from "postgraphile/utils";
import { PostGraphileConnectionFilterPreset } from "postgraphile-plugin-connection-filter";

const [port] = process.argv.slice(2);
const connectionString = process.env.DATABASE_URL;

const setup = new pg.Client({ connectionString });
await setup.connect();
await setup.query(readFileSync(new URL("postgraphile.sql", import.meta.url), "utf8"));
await setup.end();

// The tables' prefix is no part of the names that clients use; `rowId` is what the preset calls primary keys.
const names = jsonPgSmartTags({
  version: 1,
  config: {
    class: {
      "public.customers_customer": { tags: { name: "customer" } },
      "public.customers_customer_vehicle": { tags: { name: "vehicle" } },
      "public.customers_follow_up_task": { tags: { name: "follow_up" } },
    },
    attribute: {
      "public.core_audit_entry.row_id": { tags: { name: "of_row" } },
      "public.customers_access_log.row_id": { tags: { name: "of_row" } },
    },
  },
});

const instance = postgraphile({
  extends: [PostGraphileAmberPreset, PostGraphileConnectionFilterPreset, PgAggregatesPreset],
  plugins: [names],
  // It leaves relations and orderings out that no index serves; the tables' owner decides about indexes here.
  disablePlugins: ["PgIndexBehaviorsPlugin"],
  schema: { connectionFilterRelations: true },
  pgServices: [
    makePgService({
      connectionString,
      schemas: ["public", "benchmark"],
      poolConfig: { max: Number(process.env.POOL_SIZE) },
    }),
  ],
  grafserv: { graphiql: false, watch: false },
});

const server = createServer();
await instance.createServ(grafserv).addTo(server);
server.listen(Number(port), "127.0.0.1");
process.on("SIGTERM", () => process.exit(0));
