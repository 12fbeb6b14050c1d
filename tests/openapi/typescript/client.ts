// Signs in by the generated types and reads the one account there is.

import createClient from "openapi-fetch";
import type { components, paths } from "./dashtam.js";

const [base, email, password, account] = process.argv.slice(2);

const strangers = createClient<paths>({ baseUrl: base! });
const login = await strangers.POST("/api/v1/auth/login", { body: { email: email!, password: password! } });
if (!login.data || !("access_token" in login.data)) {
  throw new Error(`no sign-in: ${JSON.stringify(login.error ?? login.data)}`);
}
const token: string = login.data.access_token!;

const client = createClient<paths>({ baseUrl: base!, headers: { Authorization: `Bearer ${token}` } });
const { data, error } = await client.GET("/api/v1/accounts", { params: { query: { limit: 10 } } });
if (!data) {
  throw new Error(`no accounts: ${JSON.stringify(error)}`);
}
const read: components["schemas"]["Account"][] = data.items;
if (read.length !== 1 || read[0]!.id !== account) {
  throw new Error(`another account: ${JSON.stringify(read)}`);
}
console.log("the TypeScript client signed in and read the account");
