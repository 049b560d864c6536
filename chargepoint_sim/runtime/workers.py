"""Who does which job: the table from job to function."""

from collections.abc import Mapping

from chargepoint_sim.core.jobs import Job
from chargepoint_sim.runtime.jobs import Worker

WORKERS: Mapping[type[Job], Worker] = {}
