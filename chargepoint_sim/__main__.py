"""`python -m chargepoint_sim` is the same as the command `chargepoint-sim`."""

from chargepoint_sim.cli import main

if __name__ == "__main__":
    main()
