"""The page that renders the OpenAPI document: Swagger UI from an installed wheel, nothing from other hosts.

The content security policy makes the browser refuse every outside address, whatever the scripts ask for.
"""

import importlib.util
from collections.abc import Mapping
from pathlib import Path

from aiohttp import web

from chargepoint_sim.api.errors import HttpRefusal
from chargepoint_sim.api.parsing import Nothing
from chargepoint_sim.api.routes import Call

_WHEEL = "swagger_ui"
_SHIPPED: Mapping[str, str] = {
    "swagger-ui.css": "text/css",
    "swagger-ui-bundle.js": "text/javascript",
    "favicon-32x32.png": "image/png",
}
_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
}
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>chargepoint_sim control API</title>
<link rel="icon" href="docs/favicon-32x32.png">
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="api"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""
# validatorUrl: the default would send the document to a public checker.
# docExpansion: with every route open at once, nobody sees that there are several surfaces.
_START = """SwaggerUIBundle({
  url: "openapi.json", dom_id: "#api", deepLinking: true, docExpansion: "none", validatorUrl: null
});
"""


async def page(call: Call[Nothing, Nothing]) -> web.StreamResponse:
    """The page itself."""
    return web.Response(text=_PAGE, content_type="text/html", charset="utf-8", headers=_HEADERS)


async def asset(call: Call[Nothing, Nothing]) -> web.StreamResponse:
    """A script, style sheet or icon of the page."""
    name = call.path["name"]
    if name == "start.js":
        return web.Response(text=_START, content_type="text/javascript", headers=_HEADERS)
    if name not in _SHIPPED:
        raise HttpRefusal(404, f"There is nothing at {call.request.path}.")
    return web.FileResponse(_static() / name, headers={**_HEADERS, "Content-Type": _SHIPPED[name]})


def _static() -> Path:
    # The package is located and not imported: importing it would load its own web framework adapters.
    spec = importlib.util.find_spec(_WHEEL)
    if spec is None or not spec.submodule_search_locations:
        raise HttpRefusal(404, "The package swagger-ui-py is not installed, so there is no page; see /openapi.json.")
    return Path(spec.submodule_search_locations[0]) / "static"
