// @ts-check
// Files that are dropped anywhere on a page that takes files are chosen as if by its field.

/** Marks the place for files while some are held over the page, and gives those that are dropped to its field. */
function dropping() {
  const zone = document.querySelector("[data-drop]");
  const field = zone?.querySelector("input[type=file]");
  if (!(zone instanceof HTMLElement) || !(field instanceof HTMLInputElement)) {
    return;
  }
  const brings = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes("Files") ?? false;
  document.addEventListener("dragover", (event) => {
    if (brings(event)) {
      // Otherwise the browser would open the file in the place of the page.
      event.preventDefault();
      zone.classList.add("over");
    }
  });
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) {
      zone.classList.remove("over");
    }
  });
  document.addEventListener("drop", (event) => {
    if (!brings(event) || !event.dataTransfer) {
      return;
    }
    event.preventDefault();
    zone.classList.remove("over");
    field.files = event.dataTransfer.files;
    field.dispatchEvent(new Event("change", { bubbles: true }));
    field.focus();
  });
}
