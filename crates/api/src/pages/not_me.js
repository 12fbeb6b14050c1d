"use strict";

const button = document.getElementById("disown");
const result = document.getElementById("result");
const token = new URLSearchParams(location.search).get("token");

// The token must not stay in the address bar or the history.
history.replaceState(null, "", location.pathname);

if (!token) {
  button.disabled = true;
  result.textContent = "The link is incomplete. Open it again from the mail.";
}

button.addEventListener("click", async () => {
  button.disabled = true;
  result.textContent = "One moment\u2026";
  try {
    const answer = await fetch("/api/v1/auth/not-me", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ token }),
    });
    const body = await answer.json();
    result.textContent = answer.ok ? body.message : body.detail;
    button.disabled = answer.status < 500;
  } catch {
    result.textContent = "The server could not be reached. Try again.";
    button.disabled = false;
  }
});
