// The program under test, in a data directory of its own.

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export class Program {
  /**
   * Starts it, and waits until it has said where it is and how one comes in: by which link the first account is made, or with
   * which password to sign in to a demo.
   *
   * @param {string} path
   * @param {{ demo?: boolean, database?: string }} how as a demo, and on which database that is not of its own
   */
  static async start(path, { demo = false, database } = {}) {
    const began = Date.now();
    const folder = mkdtempSync(join(tmpdir(), "dashtam-browser-"));
    const free = ["--listen", "127.0.0.1:0", "--callback-listen", "127.0.0.1:0"];
    const child = spawn(path, ["serve", ...(demo ? ["--demo"] : []), "--data-dir", folder, ...free], {
      // Settings of whoever runs this are not the ones under test; one picture in four themes is many requests.
      env: {
        PATH: process.env.PATH,
        HOME: folder,
        DASHTAM__LOG__FILTER: "warn",
        ...(database ? { DATABASE_URL: database } : {}),
      },
    });
    let said = "";
    let told = "";
    // Without a listener an error, as of a program that is not there, would end everything.
    child.on("error", (error) => (told += error));
    const program = new Program(child, folder);
    program.began = began;
    child.stdout.on("data", (part) => (said += part));
    child.stderr.on("data", (part) => (told += part));
    for (let tries = 0; tries < 600; tries += 1) {
      const line = said.split("\n", 1)[0];
      const link = told.match(demo ? /address: +(\S+)\s+password: +(\S+)\s/ : /https:\/\/\S+\/set-up\?token=\S+/);
      if (said.includes("\n") && link) {
        program.api = JSON.parse(line).api;
        program.outbox = JSON.parse(line).outbox;
        program.link = link[0];
        program.person = { email: link[1], password: link[2] };
        return program;
      }
      if (program.hasEnded()) {
        break;
      }
      await new Promise((done) => setTimeout(done, 100));
    }
    await program.stop();
    throw new Error(`the program did not start:\n${told}`);
  }

  constructor(child, folder) {
    this.child = child;
    this.folder = folder;
  }

  /**
   * The newest link to this page in a mail to this address, once there is one.
   *
   * @param {string} address
   * @param {string} place the path of the page, e.g. `/verify-email`
   */
  async mailed(address, place) {
    for (let tries = 0; tries < 200; tries += 1) {
      const names = existsSync(this.outbox) ? readdirSync(this.outbox).filter((name) => name.endsWith(".eml")).sort() : [];
      const mails = names.map((name) => readFileSync(join(this.outbox, name), "utf8"));
      const links = mails
        .filter((mail) => mail.split(/\r?\n\r?\n/, 1)[0].includes(address))
        .flatMap((mail) => mail.match(/https?:\/\/[^\s"<>]+\?token=\w+/g) ?? [])
        .filter((link) => new URL(link).pathname === place);
      const newest = links.at(-1);
      if (newest) {
        return newest;
      }
      await new Promise((done) => setTimeout(done, 100));
    }
    throw new Error(`no mail to ${address} leads to ${place}`);
  }

  /** By itself, by a signal, or because it could not be started at all. */
  hasEnded() {
    return this.child.exitCode !== null || this.child.signalCode !== null || this.child.pid === undefined;
  }

  async stop() {
    if (!this.hasEnded()) {
      const ended = new Promise((done) => this.child.once("exit", done));
      this.child.kill("SIGTERM");
      const patience = setTimeout(() => this.child.kill("SIGKILL"), 20_000);
      await ended;
      clearTimeout(patience);
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}
