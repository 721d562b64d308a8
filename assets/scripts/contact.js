// The one way scripts of ours talk to the server: same origin, marked as a script's request, and noted as a sign of life.

/** POST `body` (URLSearchParams); resolves to { status, text, signedOut }, rejects where the server cannot be reached. */
export async function post(url, body, { keepalive = false } = {}) {
  const response = await fetch(url, {
    method: "POST",
    body,
    keepalive,
    credentials: "same-origin",
    headers: { "HX-Request": "true" },
  });
  const signedOut = response.status === 401 || wentToSignIn(response);
  if (!signedOut && response.status < 500) noteContact();
  return { status: response.status, text: await response.text(), signedOut };
}

/** Take a fresh form token from this page as the server would show it now; false where nobody is signed in. */
export async function freshToken() {
  const response = await fetch(location.href, { credentials: "same-origin" });
  if (!response.ok || wentToSignIn(response)) return false;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const token = page.querySelector("input[name=csrfmiddlewaretoken]")?.value;
  if (!token) return false;
  for (const input of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) input.value = token;
  noteContact();
  return true;
}

/** Every answered request starts the idle time anew, in all tabs. */
export function noteContact() {
  document.dispatchEvent(new Event("peercert:contact"));
}

function wentToSignIn(response) {
  return response.redirected && new URL(response.url).pathname !== location.pathname && /\/login\//.test(response.url);
}
