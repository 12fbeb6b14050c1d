// What the money means: what waits for a decision, what was spent, what comes back, and a rule from a transaction to its undoing.

/** A statement with a purchase of today; with another mark its rows have other ids. */
const statement = (mark, name = "Cafe Luna", amount = "-12.30") => {
  const day = new Date().toISOString().slice(0, 10).replaceAll("-", "");
  return `OFXHEADER:100\r\nDATA:OFXSGML\r\nVERSION:102\r\nSECURITY:NONE\r\nENCODING:USASCII\r\nCHARSET:1252\r\nCOMPRESSION:NONE\r\nOLDFILEUID:NONE\r\nNEWFILEUID:NONE\r\n\r\n<OFX><SIGNONMSGSRSV1><SONRS><STATUS><CODE>0<SEVERITY>INFO</STATUS><DTSERVER>${day}120000<LANGUAGE>ENG<FI><ORG>Paper Bank<FID>1001</FI></SONRS></SIGNONMSGSRSV1><BANKMSGSRSV1><STMTTRNRS><TRNUID>1<STATUS><CODE>0<SEVERITY>INFO</STATUS><STMTRS><CURDEF>USD<BANKACCTFROM><BANKID>123456789<ACCTID>000123456789<ACCTTYPE>CHECKING</BANKACCTFROM><BANKTRANLIST><DTSTART>${day}<DTEND>${day}\r\n<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>${day}120000<TRNAMT>${amount}<FITID>${mark}1<NAME>${name}</STMTTRN>\r\n</BANKTRANLIST><LEDGERBAL><BALAMT>87.70<DTASOF>${day}</LEDGERBAL></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>\r\n`;
};

/** Imports a file by the API, as the signed-in person. */
const upload = (page, file) =>
  page.evaluate(async (content) => {
    const form = new FormData();
    form.append("file", new Blob([content]), "paper.ofx");
    const csrf = document.cookie.match(/__Host-dashtam_csrf=([^;]+)/)?.[1] ?? "";
    const answer = await fetch("/api/v1/imports", { method: "POST", body: form, headers: { "X-CSRF-Token": csrf } });
    return answer.status;
  }, file);

/** @param {import("../session.js").Session} session */
export async function meaning({ page, check, look, press, text, at, setUp, expect }) {
  await setUp();
  await at("/link/sandbox");
  await press("main form button");
  await press("main a.button");
  await page.type('input[name="password"]', "sandbox");
  await press('button[value="approve"]');
  await page.waitForFunction(() => document.querySelector("#runs") && !document.querySelector("[data-renew]"), { timeout: 40_000 });
  for (const mark of ["A", "B"]) {
    check((await upload(page, statement(mark))) === 201, `the statement ${mark} is imported`);
  }

  // What comes in is told to whoever looks at a list, and shown where something is under way, by the stream of events.
  const isHeard = () => page.waitForFunction(() => document.body.dataset.stream === "open");
  await at("/transactions");
  await isHeard();
  check((await page.$("#news a")) === null, "nothing is new");
  check((await upload(page, statement("C", "Book Shop", "-41.70"))) === 201, "a statement comes in");
  await page.waitForSelector("#news a");
  await look("transactions-news");
  const rows = await page.$$eval("#rows a", (links) => links.map((link) => link.href));
  await press("#news a");
  check((await page.$$eval("#rows a", (links) => links.map((link) => link.href))).join() !== rows.join(), "the new row is shown");
  await at("/connections");
  await press(".connections th a");
  await isHeard();
  const runs = await page.$$eval(".runs tbody tr", (all) => all.length);
  const synced = await page.evaluate(async () => {
    const csrf = document.cookie.match(/__Host-dashtam_csrf=([^;]+)/)?.[1] ?? "";
    const place = `/api/v1${location.pathname.replace("connections", "providers")}/sync`;
    return (await fetch(place, { method: "POST", headers: { "X-CSRF-Token": csrf } })).status;
  });
  check(synced === 202, `a synchronisation is asked for elsewhere: ${synced}`);
  await page.waitForFunction(
    (before) => document.querySelectorAll(".runs tbody tr").length > before && !document.querySelector("[data-renew]"),
    { timeout: 40_000 },
    runs,
  );

  await at("/");
  await look("overview-meaning");
  await at("/more");
  await look("more");

  // What waits for a decision, begun where the overview names it.
  await at("/");
  await press('.attention a[href="/review"]');
  check((await text()).includes("Are these one transaction?"), "a suggestion waits");
  await look("review");
  await press('form[action$="/accept"] button');
  check((await text()).includes("one transaction now"), "the decision is said");
  await press("form.undo button");
  check((await text()).includes("Nothing to review"), "an undone decision is not suggested again");

  // What was spent.
  await at("/spending?period=1y");
  check((await page.$(".bars rect")) !== null, "the spending has bars");
  await look("spending");
  await press(".figures tbody tr:nth-child(2) a");
  await press(".groups a");
  check(new URL(page.url()).searchParams.get("moved") === "without", `a category leads to ${page.url()}`);
  check((await page.$$("#rows tr")).length > 0, "a category has transactions");

  // What comes back.
  await at("/recurring");
  await look("recurring");
  await press('form[action$="/confirm"] button');
  check((await page.$$eval(".streams .mark", (marks) => marks.map((mark) => mark.innerText))).includes("confirmed"), "it is confirmed");
  await press('form[action$="/dismiss"] button');
  await press("form.undo button");
  await press(".streams th a");
  await look("stream");

  // A rule, begun at a transaction.
  await at("/transactions");
  await press("#rows tr:last-child th a");
  await page.type("#tags", "Trip, 2026");
  await press("#tags-form button");
  check((await text()).includes("The tags were saved"), "the tags are saved");
  await look("transaction-tagged");
  await press('#tags-form button[name="back"]');
  await press('a[href^="/rules/new?from="]');
  await look("rule-new");
  await page.select("#category", "");
  expect("422");
  await press(".rule > .acts button");
  check((await text()).includes("A rule must do something"), "a rule that does nothing is refused");
  await look("rule-wrong");
  expect();
  await page.select("#category", "food.coffee");
  await page.select("#add", "absolute_amount");
  await press('.another button');
  await page.select("#operator-1", "at_least");
  await page.type("#value-1", "0.01");
  await press(".rule > .acts button");
  check(/It takes [1-9]/.test(await text()), "the preview says how many it takes");
  await look("rule-preview");
  await press(".rule > .acts button");
  check((await text()).includes("The rule is saved"), "the rule is saved");
  await look("rules");
  const ended = () => page.waitForFunction(() => document.querySelector("#state") && !document.querySelector("[data-renew]"));
  await press('form[action="/rules/run"] button');
  await ended();
  check(/[1-9]\d* changed/.test(await text()), `the run changed something: ${await text()}`);
  await look("rule-run");
  await press('form[action$="/undo"] button');
  await ended();
  check((await text()).includes("Taken back"), "the run is taken back");
  await at("/rules");
  await press('.rules a[href^="/rules/"]');
  await at("/categories");
  await look("categories");
  await page.type("#label", "Beans");
  await press("form.fields button");
  await press(".own th a");
  await look("category");
  await at("/learned");
  await look("learned");
}
