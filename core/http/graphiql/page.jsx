import { createGraphiQLFetcher } from "@graphiql/toolkit";
import { GraphiQL } from "graphiql";
import "graphiql/style.css";
import { createRoot } from "react-dom/client";

const WELCOME = `# Forecourt's API. Ctrl-Space completes, Ctrl-Enter runs.
#
# Most fields need a sign-in. \`forecourt demo\` prints sign-ins to try:
#
#   mutation { signIn(login: "…", password: "…") { session { accessToken } problems { message } } }
#
# and the token goes into the tab "Headers" below: {"Authorization": "Bearer …"}

{
  viewer {
    userId
    storeId
    permissions
  }
}
`;

// The page lies beside the API, also where a dealer has a path of his own.
const api = new URL("graphql", window.location.href);
const sockets = new URL(api);
sockets.protocol = api.protocol.replace("http", "ws");

// What is typed into the tab "Headers" goes into `connection_init` too.
const fetcher = createGraphiQLFetcher({ url: api.href, subscriptionUrl: sockets.href });

createRoot(document.getElementById("graphiql")).render(
  <GraphiQL fetcher={fetcher} defaultQuery={WELCOME} defaultEditorToolsVisibility="headers" />,
);
