// Administration: an account is made for somebody, changed, switched off and on, and closed; the audit log and the installation
// are looked at.

/** @param {import("../session.js").Session} session */
export async function administration({ page, check, expect, look, press, text, at, setUp }) {
  await setUp();
  await at("/settings");
  check((await page.$('nav[aria-label="Settings"] a[href="/administration"]')) !== null, "the settings lead to it");
  await press('a[href="/more"]');
  await look("more-of-an-administrator");
  await press('a[href="/administration"]');
  check((await text()).includes("ada@example.com"), `the list of users: ${await text()}`);
  await look("administration");
  await at("/administration?q=nobody");
  check((await text()).includes("No account is like that"), "nobody found is said");
  await look("administration-nobody");
  await at("/administration");

  // A new account.
  await press('a[href="/administration/users/new"]');
  await look("administration-new");
  await page.type("#name", "Bob <i>Builder</i>, whose name is so long that it has to be broken somewhere");
  await page.type("#email", "bob@example");
  expect("422");
  await press("main form button");
  check((await text()).includes("must be an e-mail address"), `an address without a dot: ${await text()}`);
  await look("administration-new-wrong");
  expect();
  await page.$eval("#email", (field) => (field.value = "bob.with.a.long.address@department.example.com"));
  await page.click("#readonly");
  await press("main form button");
  check((await text()).includes("The account was made"), `after making an account: ${await text()}`);
  await look("administration-user");
  const user = new URL(page.url()).pathname;

  // Changed.
  await press(`a[href="${user}/change"]`);
  await look("administration-change");
  await page.click("#limit_commands");
  await page.type("#device_limit", "3");
  await press("main form button");
  check((await text()).includes("at most 3 connections"), `after changing it: ${await text()}`);

  // Each act has its question.
  for (const act of ["switch", "password", "second-factor", "sessions", "locks", "delete"]) {
    await at(`${user}/${act}`);
    await look(`administration-${act}`);
  }
  for (const state of ["Switched off", "Address not proved yet"]) {
    await at(user);
    await press(`a[href="${user}/switch"]`);
    await press("main form button");
    check((await text()).includes(state), `after switching it: ${await text()}`);
  }
  await at(`${user}/second-factor`);
  expect("422");
  await press("main form button");
  check((await text()).includes("no second factor"), `a second step that is not there: ${await text()}`);
  await look("administration-act-refused");
  await at(`${user}/delete`);
  await page.type("#email", "ada@example.com");
  await press("main form button");
  check((await text()).includes("not the address of the account"), `another address: ${await text()}`);
  await look("administration-delete-wrong");
  expect();
  await page.$eval("#email", (field) => (field.value = "bob.with.a.long.address@department.example.com"));
  await press("main form button");
  check((await text()).includes("Closed, and to be erased"), `after closing it: ${await text()}`);
  await look("administration-closed");

  // What happened.
  await press('a[href^="/administration/audit"]');
  await at(`/administration/audit?user=${user.split("/").pop()}`);
  check((await text()).includes("Account created"), `what happened to it: ${await text()}`);
  for (const name of ["ada@example.com", "bob.with.a.long.address@department.example.com"]) {
    check((await text()).includes(name), `the log names ${name}: ${await text()}`);
  }
  await look("administration-audit");
  await at("/administration/audit?user=nobody");
  await look("administration-audit-wrong");

  // The installation.
  await press('a[href="/administration/installation"]');
  await look("administration-installation");
  await at("/administration/installation/signing-key");
  await look("administration-signing-key");
  await at("/administration/installation/tokens");
  await look("administration-tokens");
  await page.type("#reason", "A laptop was lost on the train");
  await press("main form button");
  check((await text()).includes("A laptop was lost"), `after making tokens void: ${await text()}`);
  await look("administration-rotated");
  await press('a[href="/administration/work"]');
  check((await text()).includes("What waits for a worker"), `the work: ${await text()}`);
  await look("administration-work");
  await press('a[href="/administration/mails"]');
  check((await text()).includes("No mail was given up"), `mails that were given up: ${await text()}`);
  await press('a[href="/administration/health"]');
  check((await text()).includes("All right"), `the health: ${await text()}`);
  check(!(await text()).includes("Does not work"), `something does not work: ${await text()}`);
  await look("administration-health");
}
