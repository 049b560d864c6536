"""For each case that all versions share the defect of the central system that the case must find."""

from collections.abc import Mapping

from tests.conformance.defective import Defect
from tests.conformance.defects import frames, obliges, refuses

SHARED: Mapping[str, Defect] = {
    "RB_01": refuses("Heartbeat"),
    "RB_02": refuses("Heartbeat"),
    "RB_03": refuses("Heartbeat"),
    "RB_04": obliges("NoSuchAction"),
    "RB_05": obliges("Reset", status="Accepted"),
    "RB_06": obliges(""),
    "RB_08": obliges("StatusNotification"),
    "RB_09": obliges("Authorize", idTagInfo={"status": "Accepted"}),
    "RB_10": Defect(deaf_to='"extra"'),
    "RB_11": frames(lambda frame: setattr(frame, "message_id", frame.message_id.encode("ascii", "ignore").decode())),
    "RB_13": Defect(deaf_to='"Authorize"'),
    "RB_14": refuses("Heartbeat"),
    "RB_15": Defect(breaks_at=r"^\[3,"),
    "RB_17": Defect(breaks_at='"surprise"'),
    "RB_18": Defect(breaks_at="NoSuchCode"),
    "RB_19": Defect(deaf_to="x{1000}"),
    "RB_20": Defect(deaf_to='"Heartbeat"'),
    "RB_25": Defect(deaf_to=r"\+14:00"),
    "RB_26": Defect(deaf_to="u0007"),
    "RB_28": Defect(breaks_at=r"^\[3,"),
    "RB_29": Defect(one_link_only=True),
    "RB_30": Defect(keeps_older_links=True),
    "RB_31": Defect(deaf_to='"BootNotification"'),
    "RB_33": Defect(upgrades=5),
    "RB_34": Defect(upgrade="crashes"),
    "RB_35": Defect(upgrade="open_door"),
    "RB_36": Defect(upgrade="own_subprotocol"),
    "RB_37": Defect(breaks_at='"half"', upgrades=1),
    "RB_38": Defect(deaf_to="SELECT"),
    "RB_39": Defect(deaf_to='"MeterValues"'),
    "RB_40": Defect(closes_idle_after_s=0.5),
}
"""Case -> what is broken, in every version."""
