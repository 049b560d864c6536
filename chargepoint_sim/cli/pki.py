"""`pki`: a small test certificate authority, for trying security profiles 2 and 3, requests and signed firmware."""

import time
from pathlib import Path
from typing import Annotated

import typer

from chargepoint_sim.cli.helptext import add, epilog
from chargepoint_sim.errors import LocalError, system_words
from chargepoint_sim.fleet.views import counted

Where = Annotated[Path, typer.Argument(metavar="FOLDER", help="Where the authority's files are, or are to be.")]


def register(app: typer.Typer) -> None:
    """Add the group with its commands."""
    group = typer.Typer(no_args_is_help=True, rich_markup_mode="rich")
    add(group, make, "pki make secrets --fleet configs/demo.yaml", "pki make secrets --identity CP-1 --host csms.local")
    add(group, sign_firmware, "pki sign-firmware secrets firmware.bin")
    add(group, sign_request, "pki sign-request secrets request.pem")
    add(group, contracts_root, "pki contracts-root")
    app.add_typer(
        group,
        name="pki",
        help="Make certificates and keys with a small test authority.",
        epilog=epilog(
            "pki make secrets --identity CP-1", "pki make secrets --fleet configs/demo.yaml --host 127.0.0.1"
        ),
    )


def make(
    folder: Where,
    fleet: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A fleet file whose chargers get certificates.")
    ] = None,
    identity: Annotated[list[str] | None, typer.Option(help="A charger that gets one; may be repeated.")] = None,
    host: Annotated[list[str] | None, typer.Option(help="Names and addresses of the server.")] = None,
    operator: Annotated[str, typer.Option(help="O of the chargers' certificates: the CpoName.")] = "Test operator",
) -> None:
    """Make a root, a server, chargers and a firmware signer, each with its key.

    Also credentials.csv for the fleet file, and a file for the built-in central system for each profile. A root that
    is there already is used again. What is made here is for tests: no key is protected by a passphrase.
    """
    from chargepoint_sim.pki.folder import CREDENTIALS, Folder

    chargers = {one: one for one in identity or ()} | _of_fleet(fleet)
    if not chargers:
        raise LocalError("--fleet or --identity is needed: whose certificates?")
    hosts = host or ["127.0.0.1", "localhost"]
    Folder(folder).make(list(chargers), list(chargers.values()), hosts, operator, time.time())
    typer.echo(f"{counted(len(chargers), 'charger')}, server {', '.join(hosts)}: {folder / CREDENTIALS}")


def sign_firmware(
    folder: Where, file: Annotated[Path, typer.Argument(metavar="FILE", help="The firmware, byte by byte.")]
) -> None:
    """Print the signature and the signing certificate that SignedUpdateFirmware takes, as JSON."""
    import orjson

    from chargepoint_sim.pki.folder import Folder

    signature, certificate = Folder(folder).sign_firmware(_read(file))
    members = {"signature": signature, "signingCertificate": certificate}
    typer.echo(orjson.dumps(members, option=orjson.OPT_INDENT_2).decode())


def sign_request(
    folder: Where, file: Annotated[Path, typer.Argument(metavar="FILE", help="The csr of a SignCertificate, PEM.")]
) -> None:
    """Print the chain that CertificateSigned takes."""
    from chargepoint_sim.pki.folder import Folder

    typer.echo(Folder(folder).sign_request(_read(file).decode("ascii", "replace"), time.time()), nl=False)


def contracts_root() -> None:
    """Print the root that all contracts of simulated vehicles lead to, as InstallCertificate takes it.

    It is a MORootCertificate, the same in every run: a central system that checks contracts by itself trusts it too.
    """
    from chargepoint_sim.pki import contracts

    typer.echo(contracts.root(), nl=False)


def _of_fleet(file: Path | None) -> dict[str, str]:
    """Identity -> serial number, or the identity where there is none."""
    if file is None:
        return {}
    import os

    from chargepoint_sim.config.loader import load_fleet

    return {one.identity: one.serial_number or one.identity for one in load_fleet(file, os.environ).chargers}


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise LocalError(f"{file}: {system_words(error)}") from None
