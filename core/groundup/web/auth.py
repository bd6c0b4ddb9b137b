"""Who may look: only who has the token, by the address that was given, from the page itself."""

import hmac
import secrets
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qs

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


def new_token() -> str:
    """A token that nobody guesses."""
    return secrets.token_urlsafe(18)


class TokenGuard:
    """Lets through what may see the dashboard, and gives each answer the headers that keep the page to itself.

    Parameters
    ----------
    app : ASGI application
    token : str
    hosts : iterable of str
        ``name:port`` by which the server may be addressed; any other name may be a stranger's that resolves to us.
    """

    def __init__(self, app: App, token: str, hosts: Iterable[str]) -> None:
        self._app = app
        self._token = token
        self._hosts = {host.lower() for host in hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse with a sentence."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        refusal = self._refusal(scope, headers)
        if refusal:
            await _refuse(scope, receive, send, refusal)
            return
        if scope["type"] == "http":
            await self._app(scope, receive, self._guarded(scope, headers["host"], send))
        else:
            await self._app(scope, receive, send)

    def _refusal(self, scope: Scope, headers: dict[str, str]) -> str:
        host = headers.get("host", "").lower()
        if host not in self._hosts:
            return "this address is not the dashboard's: use the one that groundup view has printed"
        origin = headers.get("origin")
        own = {f"http://{host}", f"https://{host}"}
        changes = scope["type"] == "websocket" or scope.get("method") not in ("GET", "HEAD")
        if (origin is not None and origin.lower() not in own) or (changes and origin is None):
            return "another page may not read the dashboard"
        given = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("token", [""])[0]
        cookies: SimpleCookie = SimpleCookie()
        try:
            cookies.load(headers.get("cookie", ""))
        except Exception:  # a cookie that cannot be read opens nothing
            cookies = SimpleCookie()
        name = _cookie(host)
        kept = cookies[name].value if name in cookies else ""
        if not any(hmac.compare_digest(one.encode(), self._token.encode()) for one in (given, kept) if one):
            return "the token is missing or wrong: open the address that groundup view has printed, token and all"
        return ""

    def _guarded(self, scope: Scope, host: str, send: Send) -> Send:
        policy = (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
            f"connect-src 'self' ws://{host} wss://{host}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
        extra = {
            "content-security-policy": policy,
            "x-content-type-options": "nosniff",
            "referrer-policy": "no-referrer",
            "cache-control": "no-store",
            "cross-origin-resource-policy": "same-origin",
            "set-cookie": f"{_cookie(host)}={self._token}; HttpOnly; SameSite=Strict; Path=/",
        }

        async def sending(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                before = message.get("headers", [])
                own = {name.lower() for name, _ in before}  # a report has a stricter policy of its own
                raw = [(name.encode(), value.encode("latin-1")) for name, value in extra.items()]
                message["headers"] = [*before, *(one for one in raw if one[0] not in own)]
            await send(message)

        return sending


def _cookie(host: str) -> str:
    """Browsers keep cookies by name of host: two dashboards on one computer differ in the port."""
    return f"groundup_view_{host.rpartition(':')[2]}"


async def _refuse(scope: Scope, receive: Receive, send: Send, why: str) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 4403, "reason": why[:120]})
        return
    body = f"{why}\n".encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": body})
