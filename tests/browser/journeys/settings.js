// A file is imported, looked through first and taken back again; a second step is set up and used; an API key is shown once.

import { createHmac } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** A table that no bank writes: what its columns mean has to be said. */
const TABLE = "x1;x2;x3\n03.02.2026;Rent;-700,00\n04.02.2026;Corner shop with a rather long name;-5,25\n05.02.2026;Pay;1900,00\n05.02.2026;Broken;x\n";

/** The code that an authenticator with this key shows now, or so many half minutes later (RFC 6238). */
function codeOf(key, steps = 0) {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...key.replaceAll(" ", "")].map((letter) => letters.indexOf(letter).toString(2).padStart(5, "0")).join("");
  const bytes = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const count = Buffer.alloc(8);
  count.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const hash = createHmac("sha1", bytes).update(count).digest();
  const place = hash[19] & 15;
  return String((hash.readUInt32BE(place) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

export async function settings(session) {
  const { page, check, expect, look, press, text, at, setUp, program } = session;
  await setUp();

  // A file that does not say everything.
  const table = join(program.folder, "table.csv");
  writeFileSync(table, TABLE);
  await at("/import");
  await look("import");
  const field = await page.$("#file");
  await field.uploadFile(table);
  expect("422");
  await press('button[value="look"]');
  check((await text()).includes("not known here"), `an unknown table: ${await text()}`);
  await look("import-reading");
  await page.select("#column-day", "0");
  await page.select("#column-payee", "1");
  await page.select("#column-amount", "2");
  await page.type("#currency", "EUR");
  await press('details button[value="look"]');
  check((await text()).includes("month or its day first"), `dates in two ways: ${await text()}`);
  await page.select("#date-order", "dmy");
  await press('details button[value="look"]');
  check((await text()).includes("does not say which account"), `without an account: ${await text()}`);
  await look("import-account");
  await page.select("#account", "new");
  expect();
  await press('button[value="look"]');
  check((await text()).includes("3 new, 1 refused"), `what importing would do: ${await text()}`);
  await look("import-look");
  await press('button[value="import"]');
  check((await text()).includes("The file was imported"), `after the import: ${await text()}`);
  await look("import-report");
  await at("/transactions");
  check((await page.$$("#rows tr")).length === 3, "three rows came by the file");
  await at("/import");
  await press(".runs th a");
  await press('form[action$="/undo"] button');
  check((await text()).includes("3 rows are gone"), `after undoing: ${await text()}`);
  await at("/transactions");
  check((await text()).includes("There are no transactions yet"), "nothing is left of the file");

  // The profile, where one is signed in, and what happened.
  await press('a[href="/settings"]');
  await look("settings");
  await at("/settings/password");
  await look("settings-password");
  await at("/settings/sessions");
  await look("settings-sessions");
  await at("/settings/activity");
  await look("settings-activity");
  await at("/settings/data");
  await look("settings-data");
  await at("/settings/exports");
  await look("settings-exports");

  // An API key, which is shown once.
  await at("/settings/keys");
  await press('a[href="/settings/keys/new"]');
  await page.type("#name", "A script");
  await page.click('[id="accounts:read"]');
  await look("key-new");
  await press("main form button");
  const key = await page.$eval("#key", (shown) => shown.innerText);
  await look("key-made");
  await press("main a.button");
  check((await text()).includes("see your accounts"), `the list of keys: ${await text()}`);
  check(!(await page.content()).includes(key), "the key is shown again");

  // A second step: set up, used, and not asked for where it is not needed.
  await at("/settings/second-factor");
  await look("second-step");
  await press('form[action$="/authenticator"] button');
  await look("second-step-authenticator");
  const secret = await page.$eval("#key", (shown) => shown.innerText);
  await page.type("#code", codeOf(secret));
  await press('form[action$="/confirm"] button');
  check((await page.$$(".codes li")).length === 10, "there are ten backup codes");
  await look("second-step-codes");
  await press("main a.button");
  await look("second-step-on");
  await press(".leave button");
  await page.type("#identifier", "ada@example.com");
  await page.type("#password", "Correct-Horse-7");
  await press("main form button");
  await look("sign-in-code");
  await page.type("#code", codeOf(secret, 1));
  await press("main form button");
  check((await page.$(".leave")) !== null, `signed in by a code: ${page.url()}`);
  await at("/confirm?next=%2Fsettings%2Fkeys");
  await look("confirm");
}
