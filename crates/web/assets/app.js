// @ts-check
// What pages do beyond links and forms, which all work without it: longer lists, progress that renews itself, forms that
// are sent once, and figures as the reader writes them.

const policy = window.trustedTypes?.createPolicy("dashtam", { createHTML: (/** @type {string} */ html) => html });

/**
 * Asks for a page of ours; nothing when it is not one, as when the session has ended.
 * @param {string} place
 * @returns {Promise<Document | null>}
 */
async function page(place) {
  const answer = await fetch(place, { headers: { Accept: "text/html" }, credentials: "same-origin" });
  if (!answer.ok || answer.redirected || new URL(answer.url).origin !== location.origin) {
    return null;
  }
  const html = await answer.text();
  // Only what our own origin sent becomes a document, and its scripts do not run.
  const trusted = /** @type {string} */ (/** @type {unknown} */ (policy ? policy.createHTML(html) : html));
  return new DOMParser().parseFromString(trusted, "text/html");
}

/** Adds the next page of a list below this one. */
function longerLists() {
  document.addEventListener("click", async (event) => {
    const link = event.target instanceof Element ? event.target.closest("#more") : null;
    const rows = document.getElementById("rows");
    if (!(link instanceof HTMLAnchorElement) || !rows || event.ctrlKey || event.metaKey || event.shiftKey) {
      return;
    }
    event.preventDefault();
    if (link.getAttribute("aria-disabled") === "true") {
      return;
    }
    link.setAttribute("aria-disabled", "true");
    const next = await page(link.href).catch(() => null);
    const more = next?.getElementById("rows");
    if (!next || !more) {
      location.assign(link.href);
      return;
    }
    const first = more.firstElementChild?.querySelector("a");
    rows.append(...more.children);
    const further = next.getElementById("more");
    if (further instanceof HTMLAnchorElement) {
      link.setAttribute("href", further.getAttribute("href") ?? "");
      link.removeAttribute("aria-disabled");
    } else {
      link.parentElement?.remove();
    }
    first?.focus();
    const count = document.getElementById("count");
    if (count) {
      count.textContent = `${rows.children.length} transactions shown`;
    }
  });
}

/** Renews what is under way until it has ended. */
function renewing() {
  let failures = 0;
  const live = () => document.getElementById("live");
  const wait = () => Number(live()?.dataset.renew ?? 0);
  const renew = async () => {
    if (document.hidden) {
      setTimeout(renew, wait() || 1500);
      return;
    }
    const [now, next] = [live(), await page(location.pathname).catch(() => null)];
    const fresh = next?.getElementById("live");
    if (!now || !fresh) {
      failures += 1;
      if (failures < 5) {
        setTimeout(renew, 3000 * failures);
      }
      return;
    }
    failures = 0;
    // What somebody is in the middle of is left alone until it is done.
    if (!now.contains(document.activeElement) || !fresh.dataset.renew) {
      now.replaceWith(document.adoptNode(fresh));
    }
    if (wait()) {
      setTimeout(renew, wait());
    }
  };
  if (wait()) {
    setTimeout(renew, wait());
  }
}

/** Sends a form once, however often its button is pressed. */
function once() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || form.method !== "post") {
      return;
    }
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    for (const button of form.querySelectorAll("button")) {
      button.setAttribute("aria-disabled", "true");
    }
  });
  // A page that comes back from the browser's memory can be sent again.
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) {
      if (form instanceof HTMLFormElement) {
        delete form.dataset.sent;
        form.querySelectorAll("button").forEach((button) => button.removeAttribute("aria-disabled"));
      }
    }
  });
}

/** Takes what was said of the form before out of the address, so that a reload does not say it again. */
function forgetting() {
  const address = new URL(location.href);
  if (address.searchParams.has("said")) {
    address.searchParams.delete("said");
    address.searchParams.delete("was");
    history.replaceState(history.state, "", address);
  }
}

/**
 * Writes figures as the reader's language does: its separators, every digit as it was sent. Days name their month and are
 * understood everywhere; no time zone touches them.
 */
function figures() {
  const language = navigator.language;
  const sample = new Intl.NumberFormat(language).format(1234567.8);
  if (sample === "1,234,567.8") {
    return;
  }
  const alone = /^[+\u2212]?\d{1,3}(?:,\d{3})*(?:\.\d+)?$/;
  // Before a currency or a percent sign, behind the blank that the server puts there and people do not type.
  const measured = /(?<![\d.,])\d{1,3}(?:,\d{3})*(?:\.\d+)?(?=\u00a0(?:[A-Z]{3}|%))/g;
  const plain = /\d{1,3}(?:,\d{3})*(?:\.\d+)?/g;
  /** @type {WeakSet<Node>} */
  const done = new WeakSet();
  const write = (/** @type {string} */ shown) => {
    const text = shown.replaceAll(",", "");
    const digits = text.split(".")[1]?.length ?? 0;
    // Browsers would round what is longer, so it stays as it is.
    if (text.replace(".", "").length > 15) {
      return shown;
    }
    const places = { minimumFractionDigits: digits, maximumFractionDigits: digits };
    return new Intl.NumberFormat(language, places).format(Number(text));
  };
  const rewrite = (/** @type {Node} */ root) => {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    for (let node = /** @type {Node | null} */ (root.nodeType === Node.TEXT_NODE ? root : walker.nextNode()); node; node = walker.nextNode()) {
      const parent = node.parentElement;
      if (done.has(node) || !node.nodeValue || parent?.closest("input, textarea, option, code")) {
        continue;
      }
      done.add(node);
      const isAlone = parent?.closest(".number") && alone.test(node.nodeValue.trim());
      const text = node.nodeValue.replace(isAlone ? plain : measured, write);
      if (text !== node.nodeValue) {
        node.nodeValue = text;
      }
    }
  };
  rewrite(document.body);
  new MutationObserver((changes) => changes.forEach((change) => change.addedNodes.forEach(rewrite))).observe(
    document.body,
    { childList: true, subtree: true },
  );
}

longerLists();
renewing();
once();
forgetting();
figures();
