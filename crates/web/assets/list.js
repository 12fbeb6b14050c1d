// @ts-check
// Lists: longer ones, rows that are chosen, and keys.

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
    const all = document.getElementById("all");
    if (all instanceof HTMLInputElement && all.checked) {
      all.dispatchEvent(new Event("change", { bubbles: true }));
    }
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

/** Counts the rows that are chosen, and chooses all of the page at once. */
function choosing() {
  const form = document.getElementById("bulk");
  const all = document.getElementById("all");
  const count = document.getElementById("chosen");
  if (!form || !count || !(all instanceof HTMLInputElement)) {
    return;
  }
  const boxes = () => /** @type {HTMLInputElement[]} */ ([...form.querySelectorAll('#rows input[name="id"]')]);
  const tell = () => {
    const chosen = boxes().filter((box) => box.checked).length;
    count.textContent = chosen > 0 ? `${chosen} chosen` : "";
    const details = form.querySelector("details");
    if (chosen > 0 && details && !details.open) {
      details.open = true;
    }
  };
  form.addEventListener("change", (event) => {
    if (event.target === all) {
      boxes().forEach((box) => (box.checked = all.checked));
    } else if (event.target instanceof HTMLInputElement && event.target.name === "id") {
      all.checked = all.checked && event.target.checked;
    } else {
      return;
    }
    tell();
  });
  // Of long lists only what counts is sent: the chosen rows, or all of them.
  form.addEventListener("formdata", (event) => event.formData.delete(all.checked ? "id" : "shown"));
  tell();
}

/** Keys for the list of transactions, which can be switched off and do nothing while somebody types. */
function keys() {
  const dialog = document.getElementById("keys");
  const opener = document.getElementById("keys-open");
  const isUsed = document.getElementById("keys-used");
  if (!(dialog instanceof HTMLDialogElement) || !opener || !(isUsed instanceof HTMLInputElement)) {
    return;
  }
  const KEPT = "dashtam-keys";
  // Where nothing can be kept, the keys are on each time.
  const kept = (/** @type {(of: Storage) => string | null | void} */ ask) => {
    try {
      return ask(localStorage);
    } catch {
      return null;
    }
  };
  isUsed.checked = kept((of) => of.getItem(KEPT)) !== "off";
  isUsed.addEventListener("change", () => kept((of) => of.setItem(KEPT, isUsed.checked ? "on" : "off")));
  opener.hidden = false;
  opener.addEventListener("click", () => dialog.showModal());

  const links = () => /** @type {HTMLAnchorElement[]} */ ([...document.querySelectorAll("#rows th a")]);
  const row = () => document.activeElement?.closest("#rows tr");
  const step = (/** @type {number} */ by) => {
    const [all, here] = [links(), row()];
    const at = all.findIndex((link) => here?.contains(link));
    const next = at < 0 ? (by > 0 ? 0 : all.length - 1) : at + by;
    all[Math.max(0, Math.min(next, all.length - 1))]?.focus();
  };
  /** @type {Record<string, () => void>} */
  const acts = {
    j: () => step(1),
    k: () => step(-1),
    x: () => {
      const box = row()?.querySelector('input[name="id"]');
      if (box instanceof HTMLInputElement) {
        box.click();
      }
    },
    e: () => {
      const field = document.querySelector('#rows input[name="id"]:checked') && document.getElementById("bulk-category");
      if (field) {
        field.focus();
      } else {
        row()?.querySelector("th a")?.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
      }
    },
    "/": () => document.getElementById("q")?.focus(),
    "?": () => dialog.showModal(),
  };
  document.addEventListener("keydown", (event) => {
    const typing = 'input:not([type="checkbox"]), textarea, select, dialog, [contenteditable]';
    const isTyped = event.target instanceof Element && event.target.closest(typing);
    if (!isUsed.checked || isTyped || dialog.open || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    if (Object.hasOwn(acts, event.key)) {
      event.preventDefault();
      acts[event.key]();
    }
  });
}
