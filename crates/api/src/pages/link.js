"use strict";

const form = document.getElementById("form");
const button = document.getElementById("button");
const field = document.getElementById("field");
const result = document.getElementById("result");
const token = new URLSearchParams(location.search).get("token");
const needsToken = form.dataset.token === "true";

// The token must not stay in the address bar or the history.
history.replaceState(null, "", location.pathname);

if (needsToken && !token) {
  button.disabled = true;
  result.textContent = "The link is incomplete. Open it again from the mail.";
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  button.disabled = true;
  result.textContent = "One moment\u2026";
  const inPath = form.dataset.action.includes("{token}");
  const action = form.dataset.action.replace("{token}", () => encodeURIComponent(token));
  const body = needsToken && !inPath ? { token } : {};
  if (field) {
    body[field.name] = field.value;
  }
  try {
    const answer = await fetch(action, {
      method: form.dataset.method,
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    const said = await answer.json();
    const rules = (said.errors || []).map((error) => error.message).join(" ");
    result.textContent = answer.ok ? said.message : rules || said.detail;
    // What broke a rule can be typed anew; so can anything when the server failed.
    button.disabled = !(answer.status === 422 || answer.status >= 500);
  } catch {
    result.textContent = "The server could not be reached. Try again.";
    button.disabled = false;
  }
});
