"""The page at `/`: where a person who meets the API in a browser finds the rest."""

from aiohttp import web

from chargepoint_sim import __version__
from chargepoint_sim.api.parsing import Nothing
from chargepoint_sim.api.routes import Call

_PAGE = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>chargepoint_sim</title>
</head>
<body>
<h1>chargepoint_sim {__version__}</h1>
<p>The control API of simulated charge points.</p>
<ul>
<li><a href="docs">Documentation</a></li>
<li><a href="openapi.json">OpenAPI document</a></li>
<li><a href="health">Health</a>, <a href="health/ready">readiness</a>, <a href="metrics">metrics</a></li>
</ul>
</body>
</html>
"""


async def landing_page(call: Call[Nothing, Nothing]) -> web.StreamResponse:
    """Links to documentation, document and health."""
    return web.Response(text=_PAGE, content_type="text/html", charset="utf-8")
