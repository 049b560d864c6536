"""The table of the OCPPLAB surface."""

from chargepoint_sim.api.ocpplab.bulk import BULK_ROUTES
from chargepoint_sim.api.ocpplab.catalog import CATALOG_ROUTES
from chargepoint_sim.api.ocpplab.chargers import CHARGER_ROUTES
from chargepoint_sim.api.ocpplab.commands.results import RESULT_ROUTES
from chargepoint_sim.api.ocpplab.commands.table import COMMAND_ROUTES
from chargepoint_sim.api.ocpplab.deployments import DEPLOYMENT_ROUTES
from chargepoint_sim.api.ocpplab.locations import LOCATION_ROUTES
from chargepoint_sim.api.ocpplab.logs import LOG_ROUTES
from chargepoint_sim.api.ocpplab.roaming import ROAMING_ROUTES
from chargepoint_sim.api.ocpplab.runtime import RUNTIME_ROUTES
from chargepoint_sim.api.ocpplab.sites import SITE_ROUTES
from chargepoint_sim.api.ocpplab.templates import TEMPLATE_ROUTES
from chargepoint_sim.api.routes import AnyRoute

OCPPLAB_ROUTES: tuple[AnyRoute, ...] = (
    *COMMAND_ROUTES,
    *RESULT_ROUTES,
    *CHARGER_ROUTES,
    *RUNTIME_ROUTES,
    *LOG_ROUTES,
    *LOCATION_ROUTES,
    *BULK_ROUTES,
    *CATALOG_ROUTES,
    *DEPLOYMENT_ROUTES,
    *SITE_ROUTES,
    *TEMPLATE_ROUTES,
    *ROAMING_ROUTES,
)
