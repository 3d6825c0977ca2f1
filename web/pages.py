"""Pages for people, and the policy that goes with every page: today GraphiQL, from files on this machine."""

import secrets
from pathlib import Path
from string import Template
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from resolvers.context import Services
from web.graphiql import FOLDER

_HERE = Path(__file__).parent
_PAGE = Template((_HERE / "graphiql.html").read_text("utf-8"))
_OURS = ("graphiql.js", "graphiql.css")

_NOSNIFF = {"x-content-type-options": "nosniff"}
# The names carry versions.
_FOREVER = _NOSNIFF | {"cache-control": "public, max-age=31536000, immutable"}


def page_headers(nonce: str, media_url: str) -> dict[str, str]:
    """The headers of a page: everything from this origin, pictures from that of `media_url` too, no inline script.

    `nonce` admits the one <style> element that GraphiQL's scroll lock adds while a dialog is open; style attributes
    are set by script through the CSSOM, which needs no permission. `data:` are the fonts and icons inside GraphiQL's
    style sheet. `connect-src 'self'` covers WebSockets of the same host; GraphiQL asks the media host for
    a picture's type before it shows a preview.
    """
    url = urlsplit(media_url)
    media = f"{url.scheme}://{url.netloc}"
    policy = (
        "default-src 'none'",
        "script-src 'self'",
        f"style-src 'self' 'nonce-{nonce}'",
        f"connect-src 'self' {media}",
        f"img-src 'self' data: {media}",
        "font-src data:",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'none'",
    )
    return _NOSNIFF | {
        "content-security-policy": "; ".join(policy),
        "referrer-policy": "no-referrer",
        "cache-control": "no-store",
    }


async def graphiql(request: Request) -> Response:
    """GraphiQL, for a browser that opens /graphql. Pictures may come from the media host too."""
    nonce = secrets.token_urlsafe(16)
    services: Services = request.app.state.services
    return HTMLResponse(_PAGE.substitute(nonce=nonce), headers=page_headers(nonce, services.urls.base))


async def packaged(request: Request) -> Response:
    """GET /static/graphiql/{name}: a file that `python -m web.graphiql` installed."""
    name: str = request.path_params["name"]
    path = FOLDER / name
    if name.startswith(".") or not path.is_file():
        return PlainTextResponse("Not found", 404, _NOSNIFF)
    return FileResponse(path, headers=_FOREVER)


async def ours(request: Request) -> Response:
    """GET /static/{name}: what boots the page."""
    name: str = request.path_params["name"]
    if name not in _OURS:
        return PlainTextResponse("Not found", 404, _NOSNIFF)
    return FileResponse(_HERE / name, headers=_NOSNIFF | {"cache-control": "no-cache"})


routes = [
    Route("/static/graphiql/{name}", packaged),
    Route("/static/{name}", ours),
]
