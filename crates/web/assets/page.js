// @ts-check
// Pages of ours that a script asks for.

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
