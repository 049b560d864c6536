"""Who may charge: the central system's list of id tags (1.6 section 4.2, 2.0.1 chapters C01 and C09).

Owns the judgement and its wire forms in both versions; remembers nothing.
"""

from chargepoint_sim.clock import format_utc
from chargepoint_sim.csms.config import CsmsSettings, IdTagSettings
from chargepoint_sim.protocol.frames import Payload

_STATUS_16 = {
    "Unknown": "Invalid",
    "NoCredit": "Blocked",
    "NotAllowedTypeEVSE": "Invalid",
    "NotAtThisLocation": "Invalid",
    "NotAtThisTime": "Invalid",
}
"""1.6 has five words; the nearest one for the others."""

GROUP_TYPE = "Central"
"""Groups exist only in this list, so their tokens are of the type that the central system makes."""


class TagBook:
    """The listed tags, found regardless of case."""

    __slots__ = ("_listed", "_unlisted")

    def __init__(self, settings: CsmsSettings) -> None:
        self._listed = {tag.id_tag.casefold(): tag for tag in settings.id_tags}
        self._unlisted = settings.unlisted_tags

    def id_tag_info(self, id_tag: str, at: float, *, starting: bool) -> Payload:
        """IdTagInfo of 1.6 for a tag shown at `at`; `starting` is True in the answer to StartTransaction."""
        status = self._status(id_tag, at, starting)
        info: Payload = {"status": _STATUS_16.get(status, status)}
        tag = self._find(id_tag)
        if tag is not None and tag.expires is not None:
            info["expiryDate"] = format_utc(tag.expires.timestamp())
        if tag is not None and tag.group is not None:
            info["parentIdTag"] = tag.group[:20]
        return info

    def id_token_info(self, id_token: Payload, at: float, *, starting: bool) -> Payload:
        """IdTokenInfoType of 2.0.1 for an IdTokenType shown at `at`."""
        # A start button carries no identity: there is nothing to look up (C02).
        if id_token["type"] == "NoAuthorization":
            return {"status": "Accepted"}
        text = id_token["idToken"]
        info: Payload = {"status": self._status(text, at, starting)}
        tag = self._find(text)
        if tag is not None and tag.expires is not None:
            info["cacheExpiryDateTime"] = format_utc(tag.expires.timestamp())
        if tag is not None and tag.group is not None:
            info["groupIdToken"] = {"idToken": tag.group, "type": GROUP_TYPE}
        return info

    def _find(self, id_tag: str) -> IdTagSettings | None:
        return self._listed.get(id_tag.casefold())

    def _status(self, id_tag: str, at: float, starting: bool) -> str:
        tag = self._find(id_tag)
        if tag is None:
            return self._unlisted
        if tag.status == "Accepted" and tag.expires is not None and at >= tag.expires.timestamp():
            return "Expired"
        # ConcurrentTx has a meaning only in the answer to the start of a transaction (both versions).
        if tag.status == "ConcurrentTx" and not starting:
            return "Accepted"
        return tag.status
