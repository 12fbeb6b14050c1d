// @ts-check
// What renews itself when something happens: the stream of events, what is under way, and the word that there is something new.

/** What the server tells as it happens. */
const KINDS = [
  "transactions.changed",
  "sync.started",
  "sync.completed",
  "sync.failed",
  "connection.needs_action",
  "import.finished",
  "reconciliation.suggested",
  "resync",
];
/** The stream begins: what happened between the page and that is not told. */
const BEGINS = "begins";

/**
 * Hears what happens, by one stream for all windows of the browser: the window that holds the lock has it, and tells the others. When
 * that window goes another one takes over. Where there is no stream pages ask by themselves, as they do without it.
 * @param {(kind: string) => void} heard
 * @returns {() => boolean} whether there is a stream at the moment
 */
function hearing(heard) {
  const place = document.body.dataset.events;
  if (!place || !navigator.locks || !("BroadcastChannel" in window)) {
    return () => false;
  }
  const NAME = "dashtam-events";
  let isOpen = false;
  /** @type {EventSource | null} */
  let stream = null;
  const windows = new BroadcastChannel(NAME);
  const take = (/** @type {{ kind?: string, isOpen?: boolean, asks?: boolean, isOver?: boolean }} */ told) => {
    if (told.isOver) {
      end();
      return;
    }
    if (told.asks && stream) {
      windows.postMessage({ isOpen });
    }
    if (told.isOpen !== undefined) {
      const begins = told.isOpen && !isOpen;
      isOpen = told.isOpen;
      document.body.dataset.stream = isOpen ? "open" : "lost";
      if (begins) {
        heard(BEGINS);
      }
    }
    if (told.kind) {
      heard(told.kind);
    }
  };
  const tell = (/** @type {{ kind?: string, isOpen?: boolean }} */ what) => {
    take(what);
    windows.postMessage(what);
  };
  windows.addEventListener("message", (event) => take(event.data));

  let tries = 0;
  let leave = () => {};
  // Without the stream there is no use for the lock: another window may have more luck.
  const giveUp = () => {
    if (stream) {
      stream.close();
      stream = null;
      tell({ isOpen: false });
    }
    leave();
  };
  const listen = () => {
    const opened = new EventSource(place);
    stream = opened;
    opened.addEventListener("open", () => {
      tries = 0;
      tell({ isOpen: true });
    });
    opened.addEventListener("error", () => {
      tell({ isOpen: false });
      // A lost connection is made again by the browser. What was refused is asked for again later, and not for ever.
      if (opened.readyState !== EventSource.CLOSED || stream !== opened) {
        return;
      }
      tries += 1;
      if (tries < 10) {
        setTimeout(() => stream === opened && listen(), 30_000);
      } else {
        giveUp();
      }
    });
    for (const kind of KINDS) {
      opened.addEventListener(kind, () => tell({ kind }));
    }
    opened.addEventListener("bye", (event) => {
      const { reason } = JSON.parse(event.data);
      if (reason === "signed-out") {
        // The lock is kept until the other windows heard of it, or the next one would ask with the session that is over.
        opened.close();
        windows.postMessage({ isOver: true });
        setTimeout(giveUp, 1_000);
      } else if (reason !== "stopping") {
        giveUp();
      }
    });
  };
  const begin = () => {
    const waiting = new AbortController();
    const gone = new Promise((done) => (leave = () => done(undefined)));
    const lead = () => {
      tries = 0;
      listen();
      return gone;
    };
    navigator.locks.request(NAME, { signal: waiting.signal }, lead).catch(() => {});
    windows.postMessage({ asks: true });
    return () => {
      waiting.abort();
      giveUp();
    };
  };
  let end = begin();
  // Whoever signs out leaves the page, and the lock with it.
  document.addEventListener("submit", (event) => {
    if (event.target instanceof HTMLFormElement && event.target.matches(".leave")) {
      windows.postMessage({ isOver: true });
    }
  });
  window.addEventListener("pagehide", () => end());
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) {
      end = begin();
    }
  });
  return () => isOpen;
}

/** The address of this page without its fragment. */
const here = () => location.pathname + location.search;

/** @param {Element | null | undefined} of @param {string | undefined} kinds @param {string} kind */
const asksFor = (of, kinds, kind) => Boolean(of) && (kind === "resync" || Boolean(kinds?.split(" ").includes(kind)));

/**
 * Renews what is under way until it has ended, and what shall be renewed when something happens.
 * @param {() => boolean} isHeard whether one is told when something happens
 * @returns {(kind: string) => void} for what happens
 */
function renewing(isHeard) {
  let failures = 0;
  let timer = 0;
  const live = () => document.getElementById("live");
  const wait = () => Number(live()?.dataset.renew ?? 0) * (isHeard() ? 4 : 1);
  const later = (/** @type {number} */ after) => {
    clearTimeout(timer);
    timer = setTimeout(renew, after);
  };
  const renew = async () => {
    if (document.hidden) {
      later(wait() || 1500);
      return;
    }
    const [now, next] = [live(), await page(here()).catch(() => null)];
    const fresh = next?.getElementById("live");
    if (!now || !fresh) {
      failures += 1;
      if (failures < 5) {
        later(3000 * failures);
      }
      return;
    }
    failures = 0;
    // What somebody is in the middle of is left alone until it is done, or until what was under way has ended.
    const isHeld = now.contains(document.activeElement) && !(now.dataset.renew && !fresh.dataset.renew);
    if (!isHeld) {
      now.replaceWith(document.adoptNode(fresh));
    }
    if (wait() || isHeld) {
      later(wait() || 15_000);
    }
  };
  if (wait()) {
    later(wait());
  }
  return (kind) => {
    if (asksFor(live(), live()?.dataset.hears, kind) || (kind === BEGINS && live()?.dataset.hears)) {
      later(250);
    }
  };
}

/**
 * Says that there is something new, where the page would be another one now.
 * @returns {(kind: string) => void} for what happens
 */
function news() {
  const main = document.getElementById("main");
  const shown = (/** @type {Element} */ of) => {
    const copy = /** @type {Element} */ (of.cloneNode(true));
    // What differs each time, how long ago something was, and what was said of a form.
    copy.querySelectorAll('input[name="once"], #news, .ago, .said, .undo').forEach((part) => part.remove());
    return copy.innerHTML;
  };
  const before = main?.dataset.news ? shown(main) : "";
  let timer = 0;
  const look = async () => {
    const notice = document.getElementById("news");
    if (!notice || notice.childElementCount > 0) {
      return;
    }
    if (document.hidden) {
      document.addEventListener("visibilitychange", look, { once: true });
      return;
    }
    const now = (await page(here()).catch(() => null))?.getElementById("main");
    if (!now || shown(now) === before || notice.childElementCount > 0) {
      return;
    }
    const [line, link] = [document.createElement("p"), document.createElement("a")];
    line.className = "note";
    // With its fragment it would be a place on this page, which is not loaded anew.
    link.href = here();
    link.textContent = "Show it";
    line.append("New data came in. ", link);
    notice.append(line);
  };
  return (kind) => {
    if (asksFor(main, main?.dataset.news, kind)) {
      clearTimeout(timer);
      timer = setTimeout(look, 800);
    }
  };
}
