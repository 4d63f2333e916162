"""The pages where a user signs a program in: app.plex.tv/auth, plex.tv/link and plex.tv's home page."""

from html import escape

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; background: #1f2326; color: #eee; display: grid; place-items: center;
       min-height: 95vh; margin: 0 }
main { background: #282c30; border-radius: 8px; padding: 32px; width: min(420px, 90vw) }
h1 { font-size: 22px; margin-top: 0 }
button { display: block; width: 100%; margin: 8px 0; padding: 12px; border: 0; border-radius: 4px; background: #e5a00d;
         font: inherit; font-weight: 600; cursor: pointer }
input { font: inherit; letter-spacing: .3em; text-transform: uppercase; padding: 8px; width: 8em }
.alert { background: #7a1f1f; border-radius: 4px; padding: 12px }
.note { color: #bbb }
"""

# As app.plex.tv's page, this one reads its parameters from the address's fragment and asks the API itself.
_AUTH_SCRIPT = """
const parameters = new URLSearchParams(location.hash.replace(/^#!?\\/?\\?/, ""));
const main = document.querySelector("main");
const show = (html) => { main.innerHTML = html; };
const text = (value) => new Option(value).innerHTML;

async function post(path, body) {
  const response = await fetch(path, {
    method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(body),
  });
  return {ok: response.ok, data: await response.json()};
}

async function claim(account) {
  const {ok, data} = await post("/__fake__/claim", {
    code: parameters.get("code"), account, forwardUrl: parameters.get("forwardUrl"),
  });
  if (!ok) { show(`<h1>Sign in</h1><p id="error" class="alert">${text(data.message)}</p>`); return; }
  if (data.forwardUrl) { location.assign(data.forwardUrl); return; }
  show('<h1>You are signed in</h1><p id="done">You can close this window.</p>');
}

async function start() {
  const code = parameters.get("code");
  const answer = await fetch(`/api/v2/pins/info?code=${encodeURIComponent(code)}`, {
    headers: {Accept: "application/json"},
  });
  if (!answer.ok) { show('<h1>Sign in</h1><p id="error" class="alert">This request has expired.</p>'); return; }
  const info = await answer.json();
  const accounts = await (await fetch("/__fake__/accounts")).json();
  const product = text(parameters.get("context[device][product]") || info.product);
  let notice = "";
  if (!info.trusted && !info.ipMatches) {
    notice = `<p id="security-alert" class="alert"><b>Security Alert</b><br>Another device, at ${text(info.address)} in
      ${text(info.location.city)}, asks to be signed in to your account.</p>`;
  } else if (!info.trusted && !info.isSafeOrigin) {
    notice = '<p id="not-hosted" class="note">This app is not hosted by Plex.</p>';
  }
  show(`<h1>Sign in to ${product}</h1>${notice}
    <p class="note">A stand-in for plex.tv. Continue as one of its accounts:</p>
    ${accounts.map((name) => `<button data-account="${text(name)}">Continue as ${text(name)}</button>`).join("")}`);
  for (const button of main.querySelectorAll("button")) {
    button.addEventListener("click", () => claim(button.dataset.account));
  }
}
start();
"""

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><style>{style}</style></head>
<body><main>{body}</main>{script}</body></html>
"""


def auth_page() -> str:
    """Return the page that signs in with the long code of its fragment."""
    return _page("Plex", "<p>Loading</p>", f"<script>{_AUTH_SCRIPT}</script>")


def link_page(accounts: list[str], message: str = "") -> str:
    """Return the page that takes a short code."""
    buttons = "".join(
        f'<button name="account" value="{escape(name)}">Link to the account of {escape(name)}</button>'
        for name in accounts
    )
    notice = f'<p id="message" class="note">{escape(message)}</p>' if message else ""
    return _page(
        "Link a device",
        f'<h1>Link a device</h1>{notice}<form method="post"><p><label>Code <input name="code" maxlength="4" '
        f'autocomplete="off" autofocus required></label></p>{buttons}</form>',
    )


def home_page() -> str:
    """Return plex.tv's home page."""
    return _page("Plex", '<h1 id="home">Plex</h1><p>A stand-in for plex.tv.</p>')


def _page(title: str, body: str, script: str = "") -> str:
    return _PAGE.format(title=escape(title), style=_STYLE, body=body, script=script)
