// @ts-check
// Lists.

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
