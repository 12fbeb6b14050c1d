"use strict";

const form = document.getElementById("form");
const button = document.getElementById("button");
const field = document.getElementById("field");
const result = document.getElementById("result");
// What this page knows of its link outlives a reload in the history of this window, where nobody reads it in passing.
const kept = history.state || {};
const token = new URLSearchParams(location.search).get("token") || kept.token;
const needsToken = form.dataset.token === "true";

// A sign-in is held by this browser.
const signsIn = form.dataset.action.endsWith("/login-links/consume");
let challenge = null;

// The token must not stay in the address bar or the history.
history.replaceState(token ? { token } : kept, "", location.pathname);

if (form.hidden) {
  history.replaceState({ over: document.getElementById("words").textContent }, "", location.pathname);
} else if (needsToken && !token) {
  form.hidden = true;
  result.textContent = kept.done
    ? `${kept.done} The link was used for that and works no more.`
    : kept.over || "The link is incomplete. Open it again from the mail.";
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  button.disabled = true;
  result.textContent = "One moment\u2026";
  const inPath = form.dataset.action.includes("{token}");
  const action = challenge ? "/api/v1/auth/login/second-factor" : form.dataset.action.replace("{token}", () => encodeURIComponent(token));
  const body = challenge ? answerTo(challenge) : needsToken && !inPath ? { token } : {};
  if (signsIn && !challenge) {
    body.transport = "cookie";
  }
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
    if (said.challenge_token) {
      challenge = said;
      askForCode();
      return;
    }
    const done = signsIn ? "You are signed in." : said.message;
    result.textContent = answer.ok ? done : rules || said.detail;
    if (answer.ok && signsIn && form.dataset.next) {
      location.replace(form.dataset.next);
      return;
    }
    // What broke a rule can be typed anew; so can a wrong code, and anything when the server failed.
    if (answer.ok && needsToken) {
      form.hidden = true;
      history.replaceState({ done }, "", location.pathname);
    }
    button.disabled = !(answer.status === 422 || answer.status >= 500 || said.attempts_left > 0);
  } catch {
    result.textContent = "The server could not be reached. Try again.";
    button.disabled = false;
  }
});

// The account has a second factor: what is typed next is its code, or a backup code.
function askForCode() {
  const label = document.createElement("label");
  label.textContent = challenge.methods.includes("email") ? "Code from your mail " : "Code ";
  const input = document.createElement("input");
  input.id = "code";
  input.autocomplete = "one-time-code";
  input.maxLength = 64;
  input.required = true;
  label.append(input);
  form.prepend(label);
  input.focus();
  result.textContent = "";
  button.disabled = false;
}

function answerTo({ challenge_token, methods }) {
  const code = document.getElementById("code").value;
  const digits = /^\d{6}$/.test(code.replaceAll(" ", ""));
  return { challenge_token, method: digits ? methods[0] : "backup_code", code };
}
