"""Numbers as clients read them: kW with the meter's resolution, whole numbers without a fraction. Pure."""


def plain(value: float) -> int | float:
    """The number, without a fraction where it has none."""
    rounded = round(value, 3)
    return int(rounded) if rounded == int(rounded) else rounded


def kilowatts(power_w: float) -> int | float:
    """W as kW, to the watt."""
    return plain(power_w / 1000)
