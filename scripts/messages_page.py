"""Writes docs/messages.md from the adapters' tables: each action of each version, its room, its tests, or why not."""

import sys
from collections.abc import Mapping
from pathlib import Path

from chargepoint_sim.protocol.frames import Version
from chargepoint_sim.protocol.registry import Adapter
from chargepoint_sim.protocol.schemas import schemas
from chargepoint_sim.protocol.versions import adapter
from scripts.pages import write_or_compare
from scripts.shown import NOTHING_TO_SHOW, files_naming, must_show, shown

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "messages.md"

# 2.0.1 messages of a charging station that this one never makes, with the block that would make them. The adapters
# tell of requests only, for only a request can be refused.
BLOCK_NOT_BUILT: Mapping[str, str] = {
    "FirmwareStatusNotification": "L Firmware",
    "Get15118EVCertificate": "M Certificates",
    "GetCertificateStatus": "M Certificates",
    "LogStatusNotification": "N Diagnostics",
    "NotifyCustomerInformation": "N Diagnostics",
    "NotifyDisplayMessages": "O Display Messages",
    "NotifyEVChargingNeeds": "K Smart Charging with ISO 15118",
    "NotifyEVChargingSchedule": "K Smart Charging with ISO 15118",
    "PublishFirmwareStatusNotification": "L Firmware: local controller",
    "ReportChargingProfiles": "K Smart Charging: profiles of the central system",
    "SecurityEventNotification": "A Security",
    "SignCertificate": "A Security",
}

HEAD = """# Messages

Made by `scripts/docs` from the adapters' tables and the tests; do not edit. Every action of each version stands here
once. The room is the one file that knows the message. The test in which it shows sees what the message does in another
message or in the metered power; it fails when the message is answered and nothing is done, which `scripts/mutation`
proves. The tests are those of the version's own folder that name it.

Every DataTransfer is answered UnknownVendorId unless a template knows the vendor. `data_transfers` names vendorId,
then messageId, then the data of the answer, `null` for none: `{com.example: {hello: world, ping: null}}`. A vendor
without messages, `{org.example: {}}`, takes all; any other message is UnknownMessageId.
"""


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    for version in Version:
        tables = adapter(version)
        actions = sorted(schemas(version).requests)
        known = [action for action in actions if _directions(tables, action)]
        parts.append(f"\n## OCPP {version.value}\n")
        parts.append(f"\n{len(known)} of {len(actions)} actions.\n")
        parts.append("\n| Action | Direction | Room | Shows in | Tests |\n|---|---|---|---|---|\n")
        parts.extend(_row(tables, action) for action in known)
        parts.append("\nNot supported:\n\n| Action | Why |\n|---|---|\n")
        parts.extend(f"| {action} | {_reason(tables, action)} |\n" for action in actions if action not in known)
    return "".join(parts)


def _directions(tables: Adapter, action: str) -> list[str]:
    sent = ["to the central system"] if action in tables.sends else []
    return sent + (["from the central system"] if action in tables.handles else [])


def _row(tables: Adapter, action: str) -> str:
    rooms = {tables.sends[action]} if action in tables.sends else {tables.handles[action].__module__}
    paths = ", ".join(f"`{room.removeprefix('chargepoint_sim.').replace('.', '/')}.py`" for room in sorted(rooms))
    tests = ", ".join(f"`{path.stem}`" for path in files_naming(tables.version, action)) or "none"
    return f"| {action} | {', '.join(_directions(tables, action))} | {paths} | {_shows(tables, action)} | {tests} |\n"


def _shows(tables: Adapter, action: str) -> str:
    """The test in which the message shows, or why there is none."""
    if action in must_show(tables):
        file_name, _, test = shown(tables.version).get(action, "none").rpartition("/")[2].partition(".py::")
        return f"`{file_name}`: `{test}`" if test else "none"
    return NOTHING_TO_SHOW[tables.version].get(action, "its answer changes nothing")


def _reason(tables: Adapter, action: str) -> str:
    return tables.unsupported.get(action) or f"this station does not have {BLOCK_NOT_BUILT[action]}"


if __name__ == "__main__":
    sys.exit(write_or_compare(PAGE, page(), __doc__))
