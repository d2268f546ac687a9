// Mercurius as usually written: SQL in the resolvers, a loader for each relation, JIT from the first request on.
import { randomBytes } from "node:crypto";
import Fastify from "fastify";
import { GraphQLScalarType, Kind } from "graphql";
import mercurius from "mercurius";
import pg from "pg";

const [port] = process.argv.slice(2);
const store = process.env.STORE_ID;
pg.types.setTypeParser(pg.types.builtins.DATE, (text) => text);
pg.types.setTypeParser(pg.types.builtins.INT8, Number);
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: Number(process.env.POOL_SIZE) });

const schema = `
  scalar DateTime

  type Customer {
    id: ID!
    version: Int!
    name: String!
    namePinyin: String!
    kind: String!
    lifecycle: String!
    mobile: String
    completeness: Int!
    lastContactAt: DateTime
    createdAt: DateTime!
    vehicles: [Vehicle!]!
    followUps(last: Int!): [FollowUp!]!
  }

  type Vehicle {
    id: ID!
    vin: String!
    model: String!
    plate: String
    fromOn: String!
  }

  type FollowUp {
    id: ID!
    version: Int!
    channel: String!
    subject: String!
    dueAt: DateTime!
    state: String!
    customer: Customer!
  }

  type PageInfo {
    hasNextPage: Boolean!
    endCursor: ID
  }

  type CustomerPage {
    nodes: [Customer!]!
    pageInfo: PageInfo!
    totalCount: Int!
  }

  type StageCount {
    stage: String!
    count: Int!
  }

  type Query {
    customer(id: ID!): Customer
    customers(first: Int = 50, after: ID, stage: String, brand: String, newestFirst: Boolean = false): CustomerPage!
    counts: [StageCount!]!
  }

  input NewFollowUp {
    customerId: ID!
    channel: String!
    subject: String!
    dueAt: DateTime!
  }

  type Mutation {
    createFollowUp(input: NewFollowUp!): FollowUp!
    updateFollowUp(id: ID!, subject: String!, expectedVersion: Int!): FollowUp!
  }
`;

const CUSTOMER = `id, version, name, name_pinyin AS "namePinyin", kind, lifecycle, mobile_masked AS mobile,
  completeness, last_contact_at AS "lastContactAt", created_at AS "createdAt"`;
const FOLLOW_UP = `id, version, customer_id AS "customerId", channel, subject, due_at AS "dueAt", state`;

const DateTime = new GraphQLScalarType({
  name: "DateTime",
  serialize: (value) => value.toISOString(),
  parseValue: (value) => new Date(value),
  parseLiteral: (node) => (node.kind === Kind.STRING ? new Date(node.value) : undefined),
});

// Keys that grow with time, as those of the other rows.
function uuid7() {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(Date.now(), 0, 6);
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

async function inTransaction(work) {
  const client = await pool.connect();
  try {
    await client.query("BEGIN");
    const result = await work(client);
    await client.query("COMMIT");
    return result;
  } catch (error) {
    await client.query("ROLLBACK");
    throw error;
  } finally {
    client.release();
  }
}

// The name lets PostgreSQL keep the statement prepared.
const rowsOf = async (name, text, values, client = pool) => (await client.query({ name, text, values })).rows;

function matching({ stage, brand }) {
  const values = [store];
  let name = "list";
  let where = "store_id = $1 AND archived_at IS NULL";
  if (stage) {
    values.push(stage);
    name += "-stage";
    where += ` AND lifecycle = $${values.length}`;
  }
  if (brand) {
    values.push(`${brand}%`);
    name += "-brand";
    where += ` AND EXISTS (SELECT FROM customers_customer_vehicle v WHERE v.customer_id = customers_customer.id
      AND v.archived_at IS NULL AND v.model ILIKE $${values.length})`;
  }
  return { name, where, values };
}

const resolvers = {
  DateTime,
  Query: {
    customer: async (_, { id }) =>
      (await rowsOf("customer", `SELECT ${CUSTOMER} FROM customers_customer WHERE id = $1 AND store_id = $2`, [id, store]))[0],
    customers: async (_, args) => {
      const { first, after, newestFirst } = args;
      let { name, where, values } = matching(args);
      values = [...values, first + 1];
      const limit = values.length;
      if (after) {
        values.push(after);
        name += "-after";
        where += ` AND id > $${values.length}`;
      }
      const order = newestFirst ? "created_at DESC, id DESC" : "id";
      const text = `SELECT ${CUSTOMER} FROM customers_customer WHERE ${where} ORDER BY ${order} LIMIT $${limit}`;
      const rows = await rowsOf(newestFirst ? `${name}-newest` : name, text, values);
      const nodes = rows.slice(0, first);
      return { nodes, pageInfo: { hasNextPage: rows.length > first, endCursor: nodes.at(-1)?.id }, args };
    },
    counts: () =>
      rowsOf(
        "counts",
        `SELECT lifecycle AS stage, count(*) AS count FROM customers_customer
         WHERE store_id = $1 AND archived_at IS NULL GROUP BY lifecycle`,
        [store],
      ),
  },
  CustomerPage: {
    totalCount: async ({ args }) => {
      const { name, where, values } = matching(args);
      const rows = await rowsOf(`${name}-total`, `SELECT count(*) AS total FROM customers_customer WHERE ${where}`, values);
      return rows[0].total;
    },
  },
  Mutation: {
    createFollowUp: (_, { input }) =>
      inTransaction(async (client) => {
        const text = `INSERT INTO customers_follow_up_task (id, version, created_at, updated_at, store_id, customer_id,
            subject_ref, owner_id, channel, subject, due_at, grace_minutes, overdue_at, priority, rank, must, by_rule,
            state, reschedule_count, reschedule_reason, cancel_reason, overdue_told)
          SELECT $1, 1, now(), now(), store_id, id, '', owner_id, $4, $5, $6::timestamptz, 60,
            $6::timestamptz + interval '1 hour', 'NORMAL', 2, false, false, 'PLANNED', 0, '', '', false
          FROM customers_customer WHERE id = $2 AND store_id = $3
          RETURNING ${FOLLOW_UP}`;
        const values = [uuid7(), input.customerId, store, input.channel, input.subject, input.dueAt];
        return (await rowsOf("create", text, values, client))[0];
      }),
    updateFollowUp: (_, { id, subject, expectedVersion }) =>
      inTransaction(async (client) => {
        const text = `UPDATE customers_follow_up_task SET subject = $4, version = version + 1, updated_at = now()
          WHERE id = $1 AND store_id = $2 AND version = $3 RETURNING ${FOLLOW_UP}`;
        const [row] = await rowsOf("update", text, [id, store, expectedVersion, subject], client);
        if (!row) throw new Error("the follow-up has been changed since it was read");
        return row;
      }),
  },
};

function grouped(queries, rows, key) {
  const groups = new Map(queries.map(({ obj }) => [obj.id, []]));
  for (const row of rows) groups.get(row[key]).push(row);
  return queries.map(({ obj }) => groups.get(obj.id));
}

const loaders = {
  Customer: {
    vehicles: async (queries) => {
      const ids = queries.map(({ obj }) => obj.id);
      const text = `SELECT id, customer_id AS "customerId", vin, model, plate_masked AS plate, from_on AS "fromOn"
        FROM customers_customer_vehicle WHERE customer_id = ANY($1) AND archived_at IS NULL ORDER BY id`;
      return grouped(queries, await rowsOf("vehicles", text, [ids]), "customerId");
    },
    followUps: async (queries) => {
      const ids = queries.map(({ obj }) => obj.id);
      const text = `SELECT f.* FROM unnest($1::uuid[]) AS customer(key), LATERAL (
          SELECT ${FOLLOW_UP} FROM customers_follow_up_task
          WHERE customer_id = customer.key AND archived_at IS NULL ORDER BY due_at DESC, id DESC LIMIT $2
        ) f`;
      return grouped(queries, await rowsOf("follow-ups", text, [ids, queries[0].params.last]), "customerId");
    },
  },
  FollowUp: {
    customer: async (queries) => {
      const ids = queries.map(({ obj }) => obj.customerId);
      const rows = await rowsOf("customers", `SELECT ${CUSTOMER} FROM customers_customer WHERE id = ANY($1)`, [ids]);
      const byId = new Map(rows.map((row) => [row.id, row]));
      return queries.map(({ obj }) => byId.get(obj.customerId));
    },
  },
};

const app = Fastify({ logger: false });
// Answers of loaders are kept for one request only, as in the other servers.
app.register(mercurius, { schema, resolvers, loaders, jit: 1 });
await app.listen({ port: Number(port), host: "127.0.0.1" });
process.on("SIGTERM", () => process.exit(0));
