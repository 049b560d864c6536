"""How long to wait before dialling again (2.0.1 part 4 chapter 5.3; 1.6 gives no rule and takes the same)."""


def wait_s(attempt: int, minimum_s: float, repeat_times: int, random_range_s: float, drawn: float) -> float:
    """The wait before the dial number `attempt` + 1, I/O seconds.

    It starts at `minimum_s` and doubles `repeat_times` times; each wait gets a fresh random part of up to
    `random_range_s`, of which `drawn` (0 to 1) is the share.
    """
    return minimum_s * float(2 ** min(attempt, repeat_times)) + random_range_s * drawn
