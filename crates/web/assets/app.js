// @ts-check
// What pages do beyond links and forms, which all work without it. The files of this folder are sent as one, this one the last:
// longer lists, what renews itself, forms that are sent once, and figures as the reader writes them.

/** Sends a form once, however often its button is pressed. */
function once() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || form.method !== "post") {
      return;
    }
    // What opens in another window leaves this one as it is.
    if (event.submitter?.getAttribute("formtarget") === "_blank") {
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
    for (const told of ["was", "edit", "changed", "left"]) {
      address.searchParams.delete(told);
    }
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

dropping();
longerLists();
choosing();
once();
forgetting();
/** @type {((kind: string) => void)[]} */
const listeners = [];
const isHeard = hearing((kind) => listeners.forEach((listener) => listener(kind)));
// What the page shows is remembered before figures are written anew.
listeners.push(renewing(isHeard), news());
keys();
figures();
