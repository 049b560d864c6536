"""Web pages of other origins: none may call, but the ones of `api.cors_origins` (Fetch standard, CORS protocol)."""

from collections.abc import Awaitable, Callable, Collection

from aiohttp import web

_METHODS = "GET, POST, PUT, PATCH, DELETE"
_HEADERS = "Authorization, Content-Type, X-Api-Key, X-Organization-Id, Last-Event-ID"
_AGE_S = 600


def allow_origins(app: web.Application, origins: Collection[str]) -> None:
    """Let browsers show answers to pages of these origins; without any, the application stays as it is."""
    if not origins:
        return

    async def mark(request: web.Request, response: web.StreamResponse) -> None:
        response.headers.add("Vary", "Origin")
        origin = request.headers.get("Origin")
        if origin in origins and origin is not None:
            response.headers["Access-Control-Allow-Origin"] = origin

    @web.middleware
    async def preflight(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        asked = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
        if not asked or request.headers.get("Origin") not in origins:
            return await handler(request)
        return web.Response(
            status=204,
            headers={
                "Access-Control-Allow-Methods": _METHODS,
                "Access-Control-Allow-Headers": _HEADERS,
                "Access-Control-Max-Age": str(_AGE_S),
            },
        )

    app.middlewares.append(preflight)
    app.on_response_prepare.append(mark)
