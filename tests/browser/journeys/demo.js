// The demo: a household that is there a minute after the start, on every page of which stands that it is made up. With
// `--pictures` it takes those that the README shows.

import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** Longest time from the start of the program to a full overview. */
const PATIENCE = 60_000;

/** @param {import("../session.js").Session} session */
export async function demo({ program, page, check, look, press, text, at, shoot }) {
  await at("/");
  check(page.url().includes("/sign-in"), `a stranger is at ${page.url()}`);
  check((await page.$eval(".demo", (line) => line.innerText)).includes("made up"), "the door says that it is a demo");
  await look("demo-sign-in");
  await page.type("#identifier", program.person.email);
  await page.type("#password", program.person.password);
  await press("main form button");

  // The first synchronisation begins by itself, and the past of the portfolio is written down after it.
  const is = async (place, full) => {
    while (!full(await at(place).then(text))) {
      if (Date.now() - program.began > PATIENCE) {
        throw new Error(`the demo is not full yet: ${await text()}`);
      }
      await new Promise((done) => setTimeout(done, 500));
    }
  };
  await is("/connections", (words) => words.includes("Up to date"));
  await is("/?period=1y", (words) => words.includes("more than at the beginning"));
  console.log(`the demo was full ${((Date.now() - program.began) / 1000).toFixed(1)} s after its start`);
  await at("/connections");
  await look("demo-connections");

  await at("/");
  check((await page.$$(".accounts tbody tr")).length === 5, "the household has five accounts");
  check((await page.$(".chart svg .line")) !== null, "the overview has a line");
  await look("demo-overview");
  await at("/?period=1y");
  await shoot("overview");

  // Readers of another language see their separators, and the same digits.
  const figure = await page.$eval(".figure", (line) => line.innerText);
  await page.evaluateOnNewDocument(() => Object.defineProperty(navigator, "language", { get: () => "de-DE", configurable: true }));
  await at("/?period=1y");
  const other = await page.$eval(".figure", (line) => line.innerText);
  const swapped = figure.replace(/[.,]/g, (sign) => (sign === "," ? "." : ","));
  check(other === swapped, `${figure} is ${other} for others`);
  check(!/\d,\d{3}\.\d/.test(await text()), `a figure is in two languages: ${await text()}`);
  await page.evaluateOnNewDocument(() => Object.defineProperty(navigator, "language", { get: () => "en", configurable: true }));

  await at("/accounts");
  const accounts = await page.$$eval(".accounts th a", (links) => links.map((link) => [link.innerText, link.href]));
  for (const [name, place] of accounts) {
    await page.goto(place, { waitUntil: "load" });
    check((await page.$$("#rows tr")).length > 0, `${name} has transactions`);
    check((await page.$(".demo")) !== null, `${name} says that it is a demo`);
    if (name === "Family Checking") {
      await look("demo-account");
    }
  }
  check(await page.goto(accounts.at(-1)[1]).then(() => page.$(".holdings")), "the last account holds securities");

  // What is invested: every part, gain and return, and what each is made of.
  await at("/");
  await press('a[href="/portfolio"]');
  check((await page.$$(".groups .share")).length > 0, "the portfolio is taken apart");
  const positions = await page.$$eval(".holdings tbody tr", (rows) => rows.length);
  check(positions > 1, `the portfolio has ${positions} positions`);
  check(/Time-weighted\s+(\+|\u2212|0)/.test(await text()), `the portfolio has a return: ${await text()}`);
  await look("demo-portfolio");
  await at("/portfolio?by=security&period=all");
  await page.$eval("#returned ~ details summary", (summary) => summary.click());
  check((await page.$$("#returned ~ details[open] dl dt")).length > 4, "a return tells what it is reckoned from");
  await look("demo-portfolio-all");
  await press('.holdings th a[href^="/portfolio/securities/"]');
  check((await page.$$(".holdings tbody tr")).length > 0, "a position has lots");
  await look("demo-security");
  await at("/portfolio/income?period=2y");
  check((await page.$$(".bars rect")).length > 3, "dividends came");
  await look("demo-income");
  await at("/portfolio/gains");
  await look("demo-gains");

  await at("/transactions");
  const categories = await page.$$eval("#rows .category", (cells) => cells.filter((cell) => cell.innerText).length);
  check(categories > 40, `${categories} of the latest 50 transactions have a category`);
  check((await text()).includes("pending"), "something is pending");
  await look("demo-transactions");
  await shoot("transactions");
  // What a portfolio shall be made of, what is set beside its return, and which lots a sale takes.
  await at("/portfolio");
  await press('a[href="/portfolio/targets"]');
  await look("demo-targets");
  await page.$eval(".holdings tbody input", (field) => (field.value = "60"));
  await press('form[action="/portfolio/targets"] button');
  check((await text()).includes("The targets were saved"), `after setting a target: ${await text()}`);
  check(/target 60\.0/.test(await page.$eval(".groups", (table) => table.innerText)), "the target stands beside its part");
  await at("/portfolio");
  const benchmarks = await page.$$eval("#benchmark option", (all) => all.map((option) => option.value));
  check(benchmarks.length > 1, "there are securities to set beside the return");
  await page.select("#benchmark", benchmarks.at(-1));
  await press('form[action="/portfolio#returned"]:has(#benchmark) button');
  check((await text()).includes("What its price did meanwhile"), `a benchmark: ${await text()}`);
  check((await page.$eval("#benchmark", (list) => list.value)) === benchmarks.at(-1), "the benchmark stays chosen");
  await page.type("#in", "chf");
  await press('form[action="/portfolio#returned"]:has(#in) button');
  check((await text()).includes("Gain in CHF"), `the gain in another currency: ${await text()}`);
  check((await page.$eval("#benchmark", (list) => list.value)) === benchmarks.at(-1), "the benchmark stays beside it");

  // Prices of an index that nobody holds: looked through, taken in, there to be set beside the return, and removed.
  const index = join(program.folder, "index.csv");
  const ago = (days) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
  writeFileSync(index, `date,symbol,price,currency,name\n${ago(3)},MADEUP,100.5,USD,A made-up index\n${ago(2)},MADEUP,much,USD,\n`);
  const bring = async (act) => {
    await (await page.$("#file")).uploadFile(index);
    await page.$eval("#source", (field) => (field.value = "index"));
    await page.$eval("#adds", (box) => (box.checked = true));
    await press(`form[action="/portfolio/prices"] button[value="${act}"]`);
  };
  const removal = 'form[action="/portfolio/prices/remove"] button';
  await at("/portfolio");
  await press('a[href="/portfolio/prices"]');
  await look("demo-prices");
  await bring("look");
  check((await text()).includes("1 new, 0 changed, 0 known already, 1 refused"), `what prices would do: ${await text()}`);
  check((await page.$(removal)) === null, "it only looked");
  await look("demo-prices-look");
  await bring("import");
  check((await text()).includes("What was taken in"), `after taking prices in: ${await text()}`);
  check((await page.$$(removal)).length === 1, "the series is there");
  await look("demo-prices-report");
  await at("/portfolio");
  const besides = await page.$$eval("#benchmark option", (all) => all.map((option) => option.textContent));
  check(besides.some((name) => name.includes("made-up index")), `the index can be set beside the return: ${besides}`);
  await at("/portfolio/prices");
  await press(removal);
  check((await text()).includes("The prices were removed"), `after removing the series: ${await text()}`);
  check((await page.$(removal)) === null, "nothing is left of the series");
  await page.goto(accounts.at(-1)[1], { waitUntil: "load" });
  const method = await page.$$eval("#method option", (all) => all.find((option) => !option.selected).value);
  await page.select("#method", method);
  await press('form[action$="/lots"] button');
  check((await text()).includes("reckoned by that method from now on"), `after choosing a method: ${await text()}`);
  check((await page.$eval("#method", (list) => list.value)) === method, "the method is kept");
}
