// What mails lead to: an address is proved, a password that was lost is chosen anew, and a link signs in.

const BOB = "bob@example.com";

/** @param {import("../session.js").Session} session */
export async function mails({ program, page, check, look, press, text, at, setUp }) {
  /** Presses the button of a page that a mail led to, and waits until it says what came of it. */
  const confirm = async () => {
    await page.click("#button");
    await page.waitForFunction(() => {
      const said = document.querySelector("#result")?.textContent ?? "";
      return said !== "" && !said.startsWith("One moment");
    });
    return page.$eval("#result", (line) => line.textContent);
  };
  const signIn = async (password) => {
    await at("/sign-in");
    await page.type("#identifier", BOB);
    await page.type("#password", password);
    await press("main form button");
    check((await page.$(".leave")) !== null, `signed in with ${password}: ${await text()}`);
  };

  await setUp();
  await press(".leave button");
  await press('a[href="/register"]');
  await page.type("#name", "Bob Builder");
  await page.type("#email", BOB);
  await page.type("#password", "Correct-Horse-7");
  await press("main form button");
  check((await text()).includes("Look into your mailbox"), `after registering: ${await text()}`);

  // The address is proved, once.
  const proof = await program.mailed(BOB, "/verify-email");
  await page.goto(proof, { waitUntil: "load" });
  check(!page.url().includes("token"), `the token stays in the address: ${page.url()}`);
  await look("mailed-proof");
  const proved = await confirm();
  check(await page.$eval("#form", (form) => form.hidden), `the address is not proved: ${proved}`);
  await page.goto(proof, { waitUntil: "load" });
  check((await page.$eval("#words", (line) => line.textContent)).includes("works no more"), "a link works twice");
  await signIn("Correct-Horse-7");
  await press(".leave button");

  // The password is lost.
  await press('a[href="/forgot-password"]');
  await page.type("#email", BOB);
  await press("main form button");
  check((await text()).includes("a link to choose a new password"), `after asking for a new password: ${await text()}`);
  await page.goto(await program.mailed(BOB, "/reset-password"), { waitUntil: "load" });
  await look("mailed-password");
  await page.type("#field", "Correct-Horse-8");
  const chosen = await confirm();
  check(await page.$eval("#form", (form) => form.hidden), `the password is not chosen: ${chosen}`);
  await signIn("Correct-Horse-8");
  await press(".leave button");

  // A link signs in, in the browser that asked for it.
  await press('a[href="/sign-in/link"]');
  await page.type("#email", BOB);
  await press("main form button");
  check((await text()).includes("Open it in this browser"), `after asking for a link: ${await text()}`);
  await page.goto(await program.mailed(BOB, "/login-link"), { waitUntil: "load" });
  await press("#button");
  check((await page.$(".leave")) !== null && new URL(page.url()).pathname === "/", `the link leads to ${page.url()}`);
}
