"""The control API over HTTP: it sees a fleet through FleetService and nothing else."""
