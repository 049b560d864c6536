"""What bounds the power of each EVSE, and the vehicle that draws it: views for people, plain and picklable."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProfileSource:
    """The charging profile that a layer comes from."""

    profile_id: int
    """Negative for limits that were not set by the central system."""
    purpose: str
    """ChargingProfilePurposeEnumType of 2.0.1."""
    stack_level: int
    source: str
    """ChargingLimitSourceEnumType: CSO is the central system's operator."""
    evse_id: int
    """Where it is installed; 0 is the whole station."""


@dataclass(frozen=True, slots=True)
class LayerView:
    """One layer that is in force at an EVSE."""

    layer: str
    power_w: float
    current_a: float
    """Per phase; DC: at the outlet."""
    phases: int
    """AC phases; 1 on DC."""
    binds: bool
    """The offer is what this layer allows."""
    why: str
    """Where it comes from, in words."""
    profile: ProfileSource | None = None
    """None for a layer that no profile gives."""


@dataclass(frozen=True, slots=True)
class EvseLimitsView:
    """Offer and draw of one EVSE, with what binds each and why."""

    evse_id: int
    offered_power_w: float
    offered_current_a: float
    phases: int
    offered_by: str
    """The layer that binds the offer."""
    why_offered: str
    sufficient: bool
    """A vehicle can charge on the offer."""
    power_w: float
    drawn_by: str
    """offer, vehicle, battery, or none where nothing is wanted or no vehicle is there."""
    why_drawn: str
    layers: tuple[LayerView, ...]
    """All that are in force, from the outlet outwards."""


@dataclass(frozen=True, slots=True)
class LimitsView:
    """What bounds a charger's power at one instant."""

    station_limit_w: float | None
    """What all EVSEs together may have; None where nothing bounds the station as a whole."""
    evses: tuple[EvseLimitsView, ...]


@dataclass(frozen=True, slots=True)
class VehicleView:
    """The vehicle that is plugged in at an EVSE. It is simulated: a central system sees no more of it than is told."""

    evse_id: int
    connector_id: int | None
    name: str
    """The preset that it is."""
    charging_state: str
    """ChargingStateEnumType of 2.0.1."""
    soc: float
    """0 to 1."""
    target_soc: float
    wants_energy: bool
    power_w: float
    battery_wh: float
    missing_wh: float
    """What its battery still takes up to the target."""
    greatest_power_w: float
    """What it takes at most of this EVSE."""
    drawn_by: str
    ac_phases: int
    ac_max_current_a: float
    """Per phase; 0 without an on-board charger."""
    dc_max_power_w: float
    """0 without a DC inlet."""
    dc_max_current_a: float
    reaction_s: float
    """Delay between a changed offer and its following it."""
    iso15118: bool
    """It speaks ISO 15118 with a station that does so too."""
    wanted_wh: float | None
    """What it has asked for over ISO 15118, at the outlet."""
    departs_at: float | None
    """When it has said that it will leave, simulated UTC seconds."""
