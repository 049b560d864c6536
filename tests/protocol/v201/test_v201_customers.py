"""CustomerInformation and NotifyCustomerInformation (2.0.1 N09, N10)."""

import json
from dataclasses import replace
from typing import Any

import pytest

from chargepoint_sim.core import cache, customers
from chargepoint_sim.core.certificates import HashData
from chargepoint_sim.core.commands import FactoryReset, IdToken
from chargepoint_sim.core.state import IdTokenInfo, LocalList
from chargepoint_sim.protocol.certificates import name_of
from chargepoint_sim.snapshot import restore, take
from tests.protocol.harness import SILENCE
from tests.protocol.v201.bench import GROUPED, OTHER_TOKEN, TOKEN, Bench201
from tests.protocol.v201.test_v201_contracts import arrives
from tests.protocol.v201.test_v201_contracts import station as contracts_station

OFFLINE = {"AuthCtrlr.LocalAuthorizeOffline": "true"}
ABOUT_TOKEN = {"idToken": {"idToken": TOKEN.id_token, "type": TOKEN.type}}
CERTIFICATE = {
    "customerCertificate": {
        "hashAlgorithm": "SHA256",
        "issuerNameHash": "a1",
        "issuerKeyHash": "b2",
        "serialNumber": "c3",
    }
}


def ask(bench: Bench201, *, report: bool, clear: bool, **reference: Any) -> dict[str, Any]:
    """The answer; a report lies in the record."""
    return bench.answer("CustomerInformation", {"requestId": 3, "report": report, "clear": clear, **reference})


def told(bench: Bench201) -> str:
    """The last report, after a check of its parts."""
    parts = bench.payloads("NotifyCustomerInformation")
    assert [part["seqNo"] for part in parts] == list(range(len(parts)))
    assert [part.get("tbc", False) for part in parts] == [True] * (len(parts) - 1) + [False]
    assert {(part["requestId"], part["generatedAt"]) for part in parts} == {(3, bench.stamp)}
    bench.forget()
    return "".join(part["data"] for part in parts)


def visited(token: IdToken = TOKEN, **how: Any) -> Bench201:
    """A station at which the token has charged and left."""
    bench = Bench201.booted(settings=OFFLINE, **how)
    bench.plug().swipe(token=token).wait(30)
    bench.swipe(token=token).wait(5).unplug().wait(5)
    return bench.forget()


def listing(bench: Bench201, token: IdToken = TOKEN) -> None:
    """Put the token on the local list."""
    bench.station.local_list = LocalList(4, {token.key: IdTokenInfo("Accepted")})


def test_what_is_known_is_reported() -> None:
    """N09.FR.02, N09.FR.05."""
    bench = visited()
    assert ask(bench, report=True, clear=False, **ABOUT_TOKEN) == {"status": "Accepted"}
    assert told(bench) == f"token {TOKEN.key} in cache: Accepted"


def test_wire_of_answer_and_report() -> None:
    bench = visited()
    request = {"requestId": 3, "report": True, "clear": False, **ABOUT_TOKEN}
    assert bench.ask("CustomerInformation", request, message_id="c-1") == [3, "c-1", {"status": "Accepted"}]
    (call,) = bench.calls("NotifyCustomerInformation")
    frame = json.loads(call.text)
    payload = {"data": f"token {TOKEN.key} in cache: Accepted", "seqNo": 0, "generatedAt": bench.stamp, "requestId": 3}
    assert frame == [2, frame[1], "NotifyCustomerInformation", payload]


def with_contract() -> tuple[Bench201, dict[str, Any]]:
    """A station at which a vehicle authorises itself, and the name of its certificate as Authorize told it."""
    bench = arrives(contracts_station())
    name = dict(bench.payloads("Authorize")[0]["iso15118CertificateHashData"][0])
    del name["responderURL"]
    bench.forget()
    return bench, name


def test_n09_fr_08_a_customer_by_the_certificate_of_the_contract() -> None:
    """Digits are compared without regard to case; the name of a sub-authority means nobody."""
    bench, name = with_contract()
    token = bench.station.evses[0].authorized
    assert token is not None
    lines = [
        f"token {token.id_token.key} in cache: Accepted",
        f"token {token.id_token.key} came with a contract certificate",
        f"transaction {bench.transaction_id()} at EVSE 1",
    ]
    upper = name | {"issuerKeyHash": name["issuerKeyHash"].upper(), "serialNumber": "0" + name["serialNumber"]}
    for certificate in (name, upper):
        assert ask(bench, report=True, clear=False, customerCertificate=certificate) == {"status": "Accepted"}
        assert told(bench).splitlines() == lines
    ask(bench, report=True, clear=False, customerCertificate=name | {"serialNumber": "1"})
    assert told(bench) == ""


def test_n10_fr_09_cleared_by_certificate_after_the_session() -> None:
    bench, name = with_contract()
    assert ask(bench, report=True, clear=True, customerCertificate=name)["status"] == "Rejected"
    bench.unplug().wait(5).forget()
    kept = restore_to(bench)
    for one in (bench, kept):
        assert ask(one, report=True, clear=True, customerCertificate=name) == {"status": "Accepted"}
        assert "came with a contract certificate" in told(one)
        ask(one, report=True, clear=False, customerCertificate=name)
        assert told(one) == ""
        assert not one.station.cache


def restore_to(bench: Bench201) -> Bench201:
    """Another station with the saved state of this one."""
    saved = json.loads(json.dumps(take(bench.charger, bench.now.sim)))
    other = Bench201()
    restore(other.charger, saved)
    other.power_up()
    return other.forget()


def test_a_factory_reset_forgets_who_came_with_which_contract() -> None:
    bench, name = with_contract()
    assert bench.command(FactoryReset()).accepted
    assert customers.holder(bench.station, name_of(name)) is None


def test_only_the_latest_contracts_are_remembered() -> None:
    station = Bench201.booted().station
    name = HashData("SHA256", "a1", "b2", "c3")
    for n in range(cache.CAPACITY + 2):
        customers.came_with(station, IdToken(f"C{n}", "eMAID"), replace(name, serial_number=f"{n:x}"))
    assert station.contracts is not None
    assert len(station.contracts) == cache.CAPACITY
    assert customers.holder(station, replace(name, serial_number="1")) is None
    assert customers.holder(station, replace(name, serial_number="2")) == IdToken("c2")


@pytest.mark.parametrize("clear", [False, True])
@pytest.mark.parametrize("reference", [ABOUT_TOKEN, {"customerIdentifier": "Nobody"}, CERTIFICATE])
def test_where_nothing_is_known_the_report_is_empty(reference: dict[str, Any], clear: bool) -> None:
    """N09.FR.06, N10.FR.04."""
    bench = visited(OTHER_TOKEN)
    assert ask(bench, report=True, clear=clear, **reference) == {"status": "Accepted"}
    assert told(bench) == ""


@pytest.mark.shows("CustomerInformation")
def test_a_customer_who_was_cleared_is_a_stranger_offline() -> None:
    """N10.FR.01, N10.FR.06: the token is asked for again, and does not start without the central system."""
    bench = visited()
    assert ask(bench, report=False, clear=True, **ABOUT_TOKEN) == {"status": "Accepted"}
    assert told(bench) == "The data of the customer was cleared."
    bench.cut()
    bench.plug().swipe().wait(30)
    assert bench.status(1) == "Preparing"
    remembered = visited()
    remembered.cut()
    remembered.plug().swipe().wait(30)
    assert remembered.status(1) == "Charging"


def test_clear_and_report() -> None:
    """N10.FR.03."""
    bench = visited()
    assert ask(bench, report=True, clear=True, **ABOUT_TOKEN) == {"status": "Accepted"}
    assert TOKEN.key in told(bench)
    ask(bench, report=True, clear=False, **ABOUT_TOKEN)
    assert told(bench) == ""


def test_the_local_list_stays() -> None:
    """N10.FR.02, N10.FR.03, N10.FR.06."""
    bench = visited()
    listing(bench)
    ask(bench, report=True, clear=True, **ABOUT_TOKEN)
    assert told(bench) == f"token {TOKEN.key} in cache and local list: Accepted"
    ask(bench, report=True, clear=False, **ABOUT_TOKEN)
    assert told(bench) == f"token {TOKEN.key} in local list: Accepted"
    assert bench.station.local_list is not None
    assert bench.station.local_list.version == 4


@pytest.mark.parametrize("identifier", [TOKEN.id_token, TOKEN.key, "Family", "family"])
def test_a_customer_by_identifier(identifier: str) -> None:
    """The text of a token, or of its group."""
    bench = visited(answers={"Authorize": GROUPED})
    ask(bench, report=True, clear=True, customerIdentifier=identifier)
    assert told(bench) == f"token {TOKEN.key} in cache: Accepted, group family"
    ask(bench, report=True, clear=False, customerIdentifier=identifier)
    assert told(bench) == ""


def test_others_are_left_alone() -> None:
    bench = visited()
    ask(bench, report=False, clear=True, idToken={"idToken": OTHER_TOKEN.id_token, "type": "ISO14443"})
    told(bench)
    ask(bench, report=True, clear=False, **ABOUT_TOKEN)
    assert TOKEN.key in told(bench)


def test_a_customer_who_charges_is_reported_and_not_cleared() -> None:
    """N10.FR.05."""
    bench = visited()
    bench.plug().swipe().wait(10)
    bench.forget()
    answer = ask(bench, report=True, clear=True, **ABOUT_TOKEN)
    assert (answer["status"], answer["statusInfo"]["reasonCode"]) == ("Rejected", "TxInProgress")
    assert bench.payloads("NotifyCustomerInformation") == []
    ask(bench, report=True, clear=False, **ABOUT_TOKEN)
    assert told(bench).splitlines() == [
        f"token {TOKEN.key} in cache: Accepted",
        f"transaction {bench.transaction_id()} at EVSE 1",
    ]


def test_messages_that_wait_are_reported_and_keep_the_customer() -> None:
    bench = visited()
    bench.plug().swipe().wait(10)
    bench.answers["TransactionEvent"] = SILENCE
    bench.swipe().wait(1)
    bench.unplug().forget()
    assert ask(bench, report=False, clear=True, **ABOUT_TOKEN)["status"] == "Rejected"
    ask(bench, report=True, clear=False, **ABOUT_TOKEN)
    bench.answers["TransactionEvent"] = {}
    bench.wait(300)
    assert "waits to be delivered" in "".join(one["data"] for one in bench.payloads("NotifyCustomerInformation"))
    assert ask(bench, report=False, clear=True, **ABOUT_TOKEN)["status"] == "Accepted"


def test_a_long_report_comes_in_parts() -> None:
    """N09.FR.05: seqNo counts, tbc says that more comes."""
    bench = Bench201.booted(answers={"Authorize": GROUPED})
    for n in range(40):
        bench.swipe(token=IdToken(f"04{n:012X}")).wait(70)
    bench.forget()
    ask(bench, report=True, clear=False, customerIdentifier="Family")
    parts = [len(one["data"]) for one in bench.payloads("NotifyCustomerInformation")]
    assert len(parts) > 2
    assert set(parts[:-1]) == {512}
    assert len(told(bench).splitlines()) == 40


def test_neither_report_nor_clear_is_rejected() -> None:
    """N09.FR.07, N10.FR.07."""
    bench = visited()
    assert ask(bench, report=False, clear=False, **ABOUT_TOKEN)["status"] == "Rejected"
    assert bench.payloads("NotifyCustomerInformation") == []


@pytest.mark.parametrize("reference", [{}, {**ABOUT_TOKEN, "customerIdentifier": "x"}, {**ABOUT_TOKEN, **CERTIFICATE}])
def test_no_reference_or_more_than_one_is_invalid(reference: dict[str, Any]) -> None:
    """N09.FR.09."""
    bench = visited()
    answer = ask(bench, report=True, clear=True, **reference)
    assert (answer["status"], answer["statusInfo"]["reasonCode"]) == ("Invalid", "InvalidValue")
    assert bench.payloads("NotifyCustomerInformation") == []


@pytest.mark.parametrize("request_", [{"requestId": 1, "report": True}, {"requestId": 1, "report": 1, "clear": True}])
def test_bad_input_is_refused(request_: dict[str, Any]) -> None:
    assert Bench201.booted().error("CustomerInformation", request_)
