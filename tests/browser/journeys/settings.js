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

  // More rows than a page has, looked through to their end.
  const long = join(program.folder, "long.csv");
  const rows = Array.from({ length: 520 }, (_, at) => `2026-01-${String((at % 28) + 1).padStart(2, "0")},Shop ${at},-1.${String(at % 100).padStart(2, "0")}`);
  writeFileSync(long, `Date,Description,Amount\n${rows.join("\n")}\n`);
  await at("/import");
  await (await page.$("#file")).uploadFile(long);
  await page.select("#account", "new");
  await press('button[value="look"]');
  check((await text()).includes("520 new"), `what a long file would do: ${(await text()).slice(0, 400)}`);
  check((await page.$$(".fates tbody tr")).length === 500, "a page has 500 rows");
  await press('button[name="after"]');
  check((await page.$$(".fates tbody tr")).length === 20, "the next page has the rest");
  await press('button[value="import"]');
  check((await text()).includes("520 new"), `after importing a long file: ${await text()}`);

  // Several files at once, one of which is none; and one that is dropped.
  const [shops, letter] = [join(program.folder, "shops.csv"), join(program.folder, "letter.txt")];
  writeFileSync(shops, "Date,Description,Amount\n2026-02-01,Bakery,-3.20\n");
  writeFileSync(letter, "Dear bank,");
  await at("/import");
  const dropped = await page.evaluate(() => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File(["x"], "dropped.csv"));
    const zone = document.querySelector("[data-drop]");
    const tell = (kind) => document.body.dispatchEvent(new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true }));
    tell("dragover");
    const isMarked = zone.classList.contains("over");
    tell("drop");
    return isMarked && !zone.classList.contains("over") && document.querySelector("#file").files[0]?.name === "dropped.csv";
  });
  check(dropped, "a file that is dropped is chosen");
  await at("/import");
  await (await page.$("#file")).uploadFile(shops, letter);
  await page.select("#account", "new");
  expect("422");
  await press('button[value="look"]');
  check((await text()).includes("Can be imported") && (await text()).includes("Not imported"), `two files: ${await text()}`);
  await look("import-several");
  await press('button[value="import"]');
  check((await page.$('a[href^="/imports/"]')) !== null, `one of two is imported: ${await text()}`);
  check((await page.$('button[value="import"]')) === null, "the other one cannot be");
  expect();

  // The profile, where one is signed in, and what happened.
  await press('a[href="/settings"]');
  await look("settings");
  await at("/settings/password");
  await look("settings-password");
  await at("/settings/sessions");
  await look("settings-sessions");
  await at("/settings/activity");
  await look("settings-activity");
  await at("/settings/notifications");
  await look("settings-notifications");
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
