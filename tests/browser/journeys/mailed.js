// Where mails lead to: a new password, and a sign-in by a link. The mails are those of the development outbox.

import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** The link to this place in a mail, once one was written. */
async function link(folder, place) {
  const outbox = join(folder, "outbox");
  for (let tries = 0; tries < 150; tries += 1) {
    const mails = (existsSync(outbox) ? readdirSync(outbox) : []).filter((name) => name.endsWith(".eml")).sort().reverse();
    for (const mail of mails) {
      const found = readFileSync(join(outbox, mail), "utf8").match(new RegExp(`${place}\\?token=\\w+`));
      if (found) {
        return found[0];
      }
    }
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`no mail leads to ${place}`);
}

/** @param {import("../session.js").Session} session */
export async function mailed({ page, check, look, press, text, at, setUp, program }) {
  await setUp();
  await press(".leave button");

  // A new password.
  await press('a[href="/forgot-password"]');
  await look("forgot-password");
  await page.type("#email", "ada@example.com");
  await press("main form button");
  const reset = await link(program.folder, "/reset-password");
  await at(reset);
  check(!page.url().includes("token"), `the token is in the address: ${page.url()}`);
  await look("reset-password");
  await page.type("#field", "Another-Horse-8");
  await page.click("#button");
  await page.waitForFunction(() => document.querySelector("#form").hidden && document.querySelector("#result").innerText !== "");
  await look("reset-password-done");
  await at(reset);
  check((await text()).includes("works no more"), "a used link says so");
  await look("reset-password-over");

  // A sign-in by mail leads on to the overview.
  await at("/sign-in/link");
  await page.type("#email", "ada@example.com");
  await press("main form button");
  await at(await link(program.folder, "/login-link"));
  await look("login-link");
  await press("#button");
  check(new URL(page.url()).pathname === "/", `after the sign-in: ${page.url()}`);
  check((await text()).includes("Overview"), `after the sign-in: ${await text()}`);

  await at("/verify-email?token=nobodys");
  check((await text()).includes("works no more"), "a link that is none says so");
  await look("verify-email");
}
