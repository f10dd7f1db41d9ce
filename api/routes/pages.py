"""The page /docs: the endpoints to read and to try, from files of this machine alone."""

import base64
import hashlib
import re
from functools import lru_cache
from importlib.resources import files
from typing import Literal

from fastapi import APIRouter, Depends, Request, Response
from fastapi.openapi.docs import get_swagger_ui_html

from api.auth.decisions import public

router = APIRouter(include_in_schema=False, dependencies=[Depends(public)])

_TYPES = {
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "swagger-ui.css": "text/css; charset=utf-8",
    "favicon.png": "image/png",
}
FileName = Literal["swagger-ui-bundle.js", "swagger-ui.css", "favicon.png"]


@router.get("/docs")
def read_docs(request: Request) -> Response:
    """Swagger UI."""
    page = get_swagger_ui_html(
        openapi_url="/openapi.json",
        title=f"{request.app.title} API",
        swagger_js_url="/docs/swagger-ui-bundle.js",
        swagger_css_url="/docs/swagger-ui.css",
        swagger_favicon_url="/docs/favicon.png",
    )
    return Response(
        page.body,
        headers={"content-security-policy": _policy(bytes(page.body).decode())},
        media_type="text/html; charset=utf-8",
    )


@router.get("/docs/{name}")
def read_file(name: FileName) -> Response:
    """A file of the page."""
    headers = {"cache-control": "public, max-age=86400"}
    return Response(_content(name), headers=headers, media_type=_TYPES[name])


@lru_cache
def _content(name: str) -> bytes:
    return (files("fastapi_offline") / "static" / name).read_bytes()


def _policy(page: str) -> str:
    """Only the page's own script, which is in it, and files of this server."""
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    digests = (hashlib.sha256(script.encode()).digest() for script in scripts)
    allowed = " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
    return (
        f"default-src 'none'; script-src 'self' {allowed}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'"
    )
