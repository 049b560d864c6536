"""The OCPI routes say that they are not simulated."""

import pytest

from chargepoint_sim.api.ocpplab.roaming import NOT_SIMULATED, ROAMING_ROUTES
from chargepoint_sim.api.routes import AnyRoute
from tests.api.conftest import Api


@pytest.mark.parametrize("route", ROAMING_ROUTES, ids=lambda route: route.name)
async def test_each_route_answers_501(api: Api, route: AnyRoute) -> None:
    path = route.path.format(cpo_id="1", location_id="loc-1", job_id="job-1")
    answer = await api.send(route.method, path, json={} if route.method == "POST" else None)
    assert (answer.status, answer.json) == (501, {"detail": NOT_SIMULATED})


async def test_they_stand_in_the_document(api: Api) -> None:
    paths = (await api.get("/openapi.json")).json["paths"]
    for route in ROAMING_ROUTES:
        assert next(iter(paths[route.path][route.method.lower()]["responses"])) == "501"
