// A person at a browser: one window on one running program, and what every page is looked at for: what axe finds, messages on
// the console, errors of scripts, requests to elsewhere, and a page wider than the screen.

import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import puppeteer from "puppeteer-core";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const WIDTHS = [1280, 390];
const THEMES = ["light", "dark"];

export class Session {
  /** What went wrong; empty at the end of a good run. @type {string[]} */
  wrong = [];
  /** Answers that are no good news and are expected of the step under way. @type {string[]} */
  #expected = [];
  /** Whether pages are not looked at closely: without axe and pictures. */
  isBrief = false;
  /** Where the pictures of the README go, if they are to be taken. @type {string | null} */
  pictures = null;

  /**
   * @param {import("./program.js").Program} program
   * @param {string} folder where pictures go
   */
  static async open(program, folder) {
    mkdirSync(folder, { recursive: true });
    const browser = await puppeteer.launch({
      executablePath: process.env.CHROME_PATH ?? "/usr/bin/chromium",
      acceptInsecureCerts: true,
      args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--lang=en"],
    });
    return new Session(program, folder, browser, await browser.newPage());
  }

  constructor(program, folder, browser, page) {
    this.program = program;
    this.folder = folder;
    this.browser = browser;
    this.page = page;
    page.setDefaultTimeout(15_000);
    page.on("pageerror", (error) => this.check(false, `an error in the script of ${page.url()}: ${error}`));
    page.on("console", (message) => {
      const text = `${message.text()} (${message.location().url ?? ""})`;
      if (!this.#expected.some((known) => text.includes(known))) {
        this.check(false, `on the console of ${page.url()}: ${text} (${message.location()?.url ?? ""})`);
      }
    });
    page.on("request", (request) => {
      const url = new URL(request.url());
      const own = ["127.0.0.1", "localhost"].includes(url.hostname) || ["data:", "blob:"].includes(url.protocol);
      this.check(own, `a request to ${url.origin}`);
    });
  }

  check = (is, what) => {
    if (!is) {
      this.wrong.push(what);
      console.error(`WRONG: ${what}`);
    }
  };

  /** Names the statuses that the following steps are about; without any, that they are over. */
  expect = (...statuses) => {
    this.#expected = statuses;
  };

  /** Looks at the page as it is, in both themes and widths. */
  look = async (name) => {
    const page = this.page;
    for (const width of this.isBrief ? [] : WIDTHS) {
      for (const theme of THEMES) {
        await page.setViewport({ width, height: 900 });
        await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: theme }]);
        // Through the debugger, past the policy of the page, as an extension would.
        await page.evaluate(AXE);
        const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
        for (const { id, help, nodes } of found.violations) {
          const where = nodes.map((node) => node.html).slice(0, 3).join(" ");
          this.check(false, `${name} (${theme}, ${width}): ${id}: ${help}: ${where}`);
        }
        await page.screenshot({ path: `${this.folder}/${name}-${width}-${theme}.png`, fullPage: true });
      }
    }
    await page.setViewport({ width: 320, height: 900 });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    this.check(wide <= 0, `${name} is ${wide} px wider than a screen of 320 px`);
    const heads = await page.$$eval("h1", (all) => all.length);
    this.check(heads === 1, `${name} has ${heads} main headings`);
    await page.setViewport({ width: 1280, height: 900 });
  };

  /** Takes a picture for the README, if it is to be. */
  shoot = async (name) => {
    if (!this.pictures) {
      return;
    }
    mkdirSync(this.pictures, { recursive: true });
    await this.page.setViewport({ width: 1280, height: 860 });
    await this.page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "light" }]);
    await this.page.screenshot({ path: `${this.pictures}/${name}.png` });
  };

  /** Waits for the page that is meant to stay: one that only sends the browser on has loaded, too, and is gone in a moment. */
  settled = () =>
    this.page.waitForFunction(
      () => document.readyState === "complete" && !document.querySelector('meta[http-equiv="refresh"]'),
    );

  press = async (selector) => {
    await Promise.all([this.page.waitForNavigation({ waitUntil: "load" }), this.page.click(selector)]);
    await this.settled();
  };

  text = () => this.page.$eval("main", (main) => main.innerText);

  at = (place) => this.page.goto(`${this.program.api}${place}`, { waitUntil: "load" });

  /** The first account, by the link that the program printed: `ada@example.com`, `Correct-Horse-7`. */
  setUp = async (name = "Ada Lovelace") => {
    await this.page.goto(this.program.link, { waitUntil: "load" });
    await this.page.type("#name", name);
    await this.page.type("#email", "ada@example.com");
    await this.page.type("#password", "Correct-Horse-7");
    await this.press("main form button");
  };
}
