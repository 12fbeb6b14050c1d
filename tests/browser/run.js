// Drives the real program in a real browser, one journey after the other, each on a program and in a window of its own.
//
//     node run.js ../../target/debug/dashtam [folder for pictures] [journey…] [--postgres] [--pictures]
//
// With `--postgres` the programs run on a Postgres server, and the pages are walked through without being looked at closely.
// With `--pictures` the demo takes the pictures of the README anew.

import { administration } from "./journeys/administration.js";
import { demo } from "./journeys/demo.js";
import { first } from "./journeys/first.js";
import { mails } from "./journeys/mails.js";
import { meaning } from "./journeys/meaning.js";
import { settings } from "./journeys/settings.js";
import { Postgres } from "./postgres.js";
import { Program } from "./program.js";
import { Session } from "./session.js";

const JOURNEYS = { first, mails, meaning, settings, administration, demo };
/** How programs are started that are not started as usual. */
const STARTED = { demo: { demo: true } };

const options = process.argv.slice(2).filter((word) => word.startsWith("--"));
const [path, folder = "../../target/browser", ...chosen] = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const pictures = options.includes("--pictures") ? new URL("../../docs/pictures", import.meta.url).pathname : null;
const unknown = chosen.filter((name) => !(name in JOURNEYS));
if (unknown.length > 0) {
  console.error(`there is no journey ${unknown.join(", ")}; there are ${Object.keys(JOURNEYS).join(", ")}`);
  process.exit(2);
}

/** Goes on one journey, and answers how many things are wrong. */
async function walk(name, database) {
  const program = await Program.start(path, { ...STARTED[name], database });
  try {
    const session = await Session.open(program, folder);
    session.isBrief = database !== undefined;
    session.pictures = pictures;
    try {
      await JOURNEYS[name](session);
    } catch (error) {
      session.check(false, `${error.stack} at ${session.page.url()}`);
      await session.page.screenshot({ path: `${folder}/failed-${name}.png`, fullPage: true }).catch(() => {});
    } finally {
      await session.browser.close();
    }
    return session.wrong.length;
  } finally {
    await program.stop();
  }
}

let wrong = 0;
for (const name of chosen.length > 0 ? chosen : Object.keys(JOURNEYS)) {
  const began = Date.now();
  const postgres = options.includes("--postgres") ? await Postgres.start() : null;
  let found;
  try {
    found = await walk(name, postgres?.url);
  } finally {
    await postgres?.stop();
  }
  wrong += found;
  console.log(`${name}: ${found} things are wrong, after ${Math.round((Date.now() - began) / 1000)} s`);
}
console.log(`pictures are in ${folder}`);
process.exit(wrong > 0 ? 1 : 0);
