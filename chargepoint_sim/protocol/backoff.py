"""How long to wait before dialling again (2.0.1 part 4 chapter 5.3; 1.6 gives no rule and takes the same)."""

from chargepoint_sim.core.settings import Settings


def wait_by(settings: Settings, attempt: int, drawn: float) -> float:
    """The wait that a charger's settings give, I/O seconds; the arguments are those of `wait_s`."""
    return wait_s(
        attempt,
        settings.integer("OCPPCommCtrlr.RetryBackOffWaitMinimum"),
        settings.integer("OCPPCommCtrlr.RetryBackOffRepeatTimes"),
        settings.integer("OCPPCommCtrlr.RetryBackOffRandomRange"),
        drawn,
    )


def wait_s(attempt: int, minimum_s: float, repeat_times: int, random_range_s: float, drawn: float) -> float:
    """The wait before the dial number `attempt` + 1, I/O seconds.

    It starts at `minimum_s` and doubles `repeat_times` times; each wait gets a fresh random part of up to
    `random_range_s`, of which `drawn` (0 to 1) is the share.
    """
    return minimum_s * float(2 ** min(attempt, repeat_times)) + random_range_s * drawn
