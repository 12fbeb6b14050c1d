// A Postgres server of our own, made and removed by the same shell that the other tests have theirs from.

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, realpathSync } from "node:fs";
import { createServer } from "node:net";
import { delimiter, dirname, join } from "node:path";
import { createInterface } from "node:readline";

const SUPERVISE = new URL("../../crates/testkit/src/servers/postgres/supervise.sh", import.meta.url).pathname;
const PACKAGED = "/usr/lib/postgresql";

/** The folder with `initdb` and `pg_ctl`. */
function programs() {
  const versions = existsSync(PACKAGED) ? readdirSync(PACKAGED) : [];
  const packaged = versions.sort((one, two) => Number(two) - Number(one)).map((version) => join(PACKAGED, version, "bin"));
  const found = [...(process.env.PATH ?? "").split(delimiter), ...packaged].find((folder) => existsSync(join(folder, "initdb")));
  if (!found) {
    throw new Error("no Postgres server is installed (on Debian: apt-get install postgresql)");
  }
  return dirname(realpathSync(join(found, "initdb")));
}

/** A port that is free now. */
function port() {
  return new Promise((done, failed) => {
    const server = createServer().once("error", failed);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}

export class Postgres {
  static async start() {
    const folder = mkdtempSync("/tmp/dashtam-postgres-");
    // Postgres refuses to run as root.
    const owner = process.getuid() === 0 ? "postgres" : "";
    const shell = spawn("/bin/sh", [SUPERVISE, folder, programs(), owner], {
      stdio: ["pipe", "pipe", "ignore"],
      detached: true,
    });
    const answers = createInterface({ input: shell.stdout })[Symbol.asyncIterator]();
    for (let tries = 0; tries < 5; tries += 1) {
      const free = await port();
      shell.stdin.write(`${free}\n`);
      const { value } = await answers.next();
      if (value === "ready") {
        return new Postgres(shell, `postgres://dashtam@127.0.0.1:${free}/postgres?sslmode=disable`);
      }
    }
    shell.stdin.end();
    throw new Error(`Postgres does not start; ${folder} says why as long as it is there`);
  }

  constructor(shell, url) {
    this.shell = shell;
    this.url = url;
  }

  /** The shell ends the server and removes what was made when nobody writes to it any more. */
  async stop() {
    const ended = new Promise((done) => this.shell.once("exit", done));
    this.shell.stdin.end();
    await ended;
  }
}
