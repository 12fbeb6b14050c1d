// The first hour: the link of the first start, the sandbox bank, a synchronisation, the overview, a search, a category and its
// undoing, two windows, and the way out and in again.

/** @param {import("../session.js").Session} session */
export async function first({ program, browser, page, check, look, press, text, at, expect }) {
  // A stranger is sent to the door.
  await at("/transactions?q=rent");
  check(page.url().endsWith("/sign-in?next=%2Ftransactions%3Fq%3Drent"), `a stranger is at ${page.url()}`);
  check((await text()).includes("no account yet"), "the door says that there is no account yet");
  await look("sign-in");

  // The first account.
  await page.goto(program.link, { waitUntil: "load" });
  await look("set-up");
  await page.type("#name", "Ada <b>Lovelace</b>");
  await page.type("#email", "ada@example.com");
  await page.type("#password", "Correct-Horse-7");
  await press("main form button");
  check((await text()).includes("Your account is ready"), `after the set-up: ${await text()}`);
  await look("empty");
  expect("410");
  await page.goto(program.link, { waitUntil: "load" });
  check((await text()).includes("made already"), "a set-up link works twice");
  await look("set-up-over");
  expect();

  // The sandbox bank, by redirect.
  await at("/link");
  await look("link-choose");
  await press('a[href="/link/sandbox"]');
  await look("link-explain");
  await page.$eval("#name", (field) => (field.value = "My <i>bank</i>"));
  await press("main form button");
  check(/\/connections\/[^/]+\/authorize$/.test(page.url()), `after choosing: ${page.url()}`);
  await look("link-go");
  await press("main a.button");
  await page.type('input[name="password"]', "sandbox");
  await press('button[value="approve"]');
  check(/\/connections\/[^/?]+/.test(page.url()) && page.url().startsWith(program.api), `back at ${page.url()}`);
  const connection = new URL(page.url()).pathname;
  check((await text()).includes("linked"), "the page of the connection says that it is linked");
  await page.waitForFunction(() => document.querySelector("#runs") && !document.querySelector("[data-renew]"), { timeout: 40_000 });
  await look("connection");
  const before = await page.$$eval(".runs tbody tr", (rows) => rows.length);
  await press('form[action$="/sync"] button');
  await page.waitForFunction(() => !document.querySelector("[data-renew]"), { timeout: 40_000 });
  const after = await page.$$eval(".runs tbody tr", (rows) => rows.length);
  check(after === before + 1, `a synchronisation on demand: ${before} runs, then ${after}`);
  await at("/connections");
  await look("connections");

  // What there is.
  await at("/");
  check((await text()).includes("Net worth"), "the overview has a net worth");
  check((await page.$(".chart svg .line")) !== null, "the overview has a line");
  await look("overview");
  await press('.periods a[href="/?period=1y"]');
  check((await page.$eval(".periods [aria-current]", (link) => link.innerText)) === "1 year", "the period is kept");
  await page.click(".chart summary");
  check((await page.$$(".chart tbody tr")).length > 10, "the line has a table");
  await at("/accounts");
  await look("accounts");
  await press(".accounts th a");
  await look("account");
  await at("/accounts");
  const brokerage = await page.$$eval(".accounts th a", (links) => links.map((link) => link.href));
  for (const account of brokerage) {
    await page.goto(account, { waitUntil: "load" });
    if (await page.$(".holdings")) {
      await look("account-with-holdings");
      break;
    }
  }

  // Searching, and choosing another category.
  await at("/transactions");
  await look("transactions");
  const rows = await page.$$eval("#rows tr", (all) => all.length);
  if (await page.$("#more")) {
    await page.click("#more");
    await page.waitForFunction((least) => document.querySelectorAll("#rows tr").length > least, {}, rows);
  }
  const word = await page.$eval("#rows th a", (link) => link.innerText.split(" ")[0]);
  await page.type("#q", word);
  await press(".filters button");
  check(new URL(page.url()).searchParams.get("q") === word, "the search is in the address");
  check((await page.$$("#rows tr")).length > 0, `nothing is found for ${word}`);
  await page.goBack({ waitUntil: "load" });
  await page.goForward({ waitUntil: "load" });
  await press("#rows th a");
  await look("transaction");
  const told = await page.$eval('section[aria-labelledby="category-title"] p', (line) => line.innerText);
  await page.select("#category", "food.coffee");
  await press("form.inline button");
  check((await text()).includes("you chose it"), "the category was chosen");
  await look("transaction-changed");
  await press("form.undo button");
  check((await page.$eval('section[aria-labelledby="category-title"] p', (line) => line.innerText)) === told, "the category is what it was");
  await at("/transactions?q=nothing+is+like+this");
  check((await text()).includes("No transaction is like that"), "nothing found is said");
  await look("nothing-found");

  // Several at once: chosen by keys, changed by the form, and taken back.
  const chosen = () => page.$$eval('#rows input[name="id"]:checked', (boxes) => boxes.length);
  const isAt = (selector) => page.$eval(selector, (element) => element === document.activeElement);
  await at("/transactions");
  await page.keyboard.press("?");
  check(await page.$eval("#keys", (dialog) => dialog.open), "the keys are told");
  await look("keys");
  await page.keyboard.press("Escape");
  // While the dialog is there, no other key counts.
  await page.waitForFunction(() => !document.querySelector("#keys").open);
  for (const key of ["j", "j", "x", "k", "x"]) {
    await page.keyboard.press(key);
  }
  check(await isAt("#rows tr:first-child th a"), "the keys lead from row to row");
  check((await chosen()) === 2, `${await chosen()} rows are chosen`);
  await page.keyboard.press("e");
  check(await isAt("#bulk-category"), "the form is led to");
  await look("transactions-chosen");
  await page.select("#bulk-category", "food.coffee");
  await page.type("#add_tags", "jkx, trip");
  check((await chosen()) === 2, "what is typed is no key");
  await press("#bulk details button");
  check((await text()).includes("2 transactions were changed."), `after the change: ${await text()}`);
  const category = (row) => page.$eval(`#rows tr:nth-child(${row}) .category`, (cell) => cell.innerText);
  check((await category(1)) === "Coffee" && (await category(2)) === "Coffee", `they are ${await category(1)}`);
  await look("transactions-changed");
  await press("form.undo button");
  check((await text()).includes("2 transactions are what they were before."), "the change is undone");
  await page.click("#bulk summary");
  await page.click("#all");
  check((await chosen()) === (await page.$$("#rows tr")).length, "all rows are chosen");
  expect("422");
  await press("#bulk details button");
  check((await text()).includes("Say what shall be different"), "nothing to do is said");
  await look("transactions-refused");
  expect();
  await at("/transactions");
  await page.click("#keys-open");
  await page.click("#keys-used");
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => !document.querySelector("#keys").open);
  await page.keyboard.press("/");
  check(!(await isAt("#q")), "keys that are off do nothing");
  await page.reload({ waitUntil: "load" });
  await page.keyboard.press("/");
  check(!(await isAt("#q")), "keys stay off");
  await page.click("#keys-open");
  await page.click("#keys-used");
  await page.keyboard.press("Escape");
  await page.keyboard.press("/");
  check(await isAt("#q"), "keys are on again");

  // What is not there.
  expect("404");
  await at("/accounts/01890a5d-ac96-774b-bcce-b302099a8057");
  await look("not-found");
  expect();

  // Two windows, and the way out.
  const second = await browser.newPage();
  await second.goto(`${program.api}/accounts`, { waitUntil: "load" });
  await at("/");
  await page.bringToFront();
  await press(".leave button");
  check((await text()).includes("You are signed out"), "signing out is said");
  await second.bringToFront();
  await second.reload({ waitUntil: "load" });
  check(second.url().includes("/sign-in?next=%2Faccounts"), `the other window is at ${second.url()}`);
  await second.close();
  await page.bringToFront();

  // Back in, to the address that was asked for; a wrong password first.
  await at(connection);
  await page.type("#identifier", "ada@example.com");
  await page.type("#password", "wrong");
  expect("401");
  await press("main form button");
  check((await text()).includes("wrong"), "a wrong password is said");
  await look("sign-in-wrong");
  expect();
  await page.type("#password", "Correct-Horse-7");
  await press("main form button");
  check(new URL(page.url()).pathname === connection, `after the sign-in: ${page.url()}`);

  // The end of the connection.
  await press('a[href$="/remove"]');
  await look("remove");
  await press("button.danger");
  check((await text()).includes("was removed"), "the removal is said");
  check(!(await page.content()).includes("<i>bank</i>"), "markup of a name stays text");
}
