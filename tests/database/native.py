"""A throw-away PostgreSQL cluster of Debian's package, over TCP with password and TLS."""

import datetime as dt
import ipaddress
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PASSWORD = "correct horse: 'battery/staple'"  # noqa: S105 - of a server for one test
_CONFIGURATION = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
ssl = on
ssl_cert_file = 'server.pem'
ssl_key_file = 'server.key'
wal_level = replica
max_wal_senders = 4
hot_standby = on
fsync = off
"""
_ACCESS = """
hostssl   all         all 127.0.0.1/32 scram-sha-256
hostssl   replication all 127.0.0.1/32 scram-sha-256
"""


def binaries() -> Path | None:
    """The folder of the newest server from Debian's packages; None if none is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[4]))
    return found[-1].parent if found else None


class Cluster:
    """A cluster in its own folder; `url`: the superuser's address, `authority`: its CA."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self.authority = folder / "authority.pem"

    @property
    def url(self) -> sa.URL:
        tls = {"sslmode": "verify-full", "sslrootcert": str(self.authority)}
        return sa.URL.create(
            "postgresql", "keeper", PASSWORD, "127.0.0.1", self.port, "postgres", tls
        )

    def run(self, program: str, *arguments: str, **environment: str) -> None:
        """Run a program of the server, which refuses to run as root, as another user."""
        folder = binaries()
        assert folder is not None
        ended = subprocess.run(
            [folder / program, *arguments],
            user=_user(),
            cwd=self.folder,
            check=False,
            env={**os.environ, "HOME": str(self.folder), **environment},
            timeout=60,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert ended.returncode == 0, ended.stderr

    def start(self) -> None:
        log = self.folder / "log"
        options = f"-p {self.port}"
        self.run("pg_ctl", "-w", "-D", str(self.data), "-l", str(log), "-o", options, "start")

    def stop(self) -> None:
        self.run("pg_ctl", "-w", "-m", "immediate", "-D", str(self.data), "stop")

    @property
    def data(self) -> Path:
        return self.folder / "data"


@contextmanager
def running() -> Iterator[Cluster]:
    """A new, running cluster; it and its folder are removed afterwards."""
    with _folder() as folder:
        cluster = Cluster(folder, free_port())
        words = folder / "password"
        words.write_text(PASSWORD)
        _give(words)
        cluster.run(
            "initdb",
            "-D",
            str(cluster.data),
            "-U",
            "keeper",
            f"--pwfile={words}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--no-sync",
        )
        _write_certificate(cluster)
        with (cluster.data / "postgresql.conf").open("a") as settings:
            settings.write(_CONFIGURATION)
        (cluster.data / "pg_hba.conf").write_text(_ACCESS)
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop()


@contextmanager
def replica_of(primary: Cluster) -> Iterator[Cluster]:
    """A streaming replica of a cluster, started."""
    with _folder() as folder:
        replica = Cluster(folder, free_port())
        shutil.copy(primary.authority, replica.authority)
        address = (
            f"host=127.0.0.1 port={primary.port} user=keeper sslmode=verify-full "
            f"sslrootcert={primary.authority}"
        )
        replica.run(
            "pg_basebackup",
            "-D",
            str(replica.data),
            "-R",
            "-X",
            "stream",
            "-c",
            "fast",
            "-d",
            address,
            PGPASSWORD=PASSWORD,
        )
        replica.start()
        try:
            yield replica
        finally:
            replica.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="wellhead-native-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        _give(folder)
        yield folder


def _user() -> str | None:
    """The user that runs the server: the current one, or for root the user of the package."""
    return "postgres" if os.geteuid() == 0 else None


def _give(path: Path) -> None:
    if user := _user():
        entry = pwd.getpwnam(user)
        os.chown(path, entry.pw_uid, entry.pw_gid)


def _write_certificate(cluster: Cluster) -> None:
    """A certificate for 127.0.0.1 signed by itself, and another one that does not match."""
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _certificate(key)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    (cluster.data / "server.key").write_bytes(private)
    (cluster.data / "server.key").chmod(0o600)
    (cluster.data / "server.pem").write_bytes(certificate)
    for name in ("server.key", "server.pem"):
        _give(cluster.data / name)
    cluster.authority.write_bytes(certificate)
    stranger = _certificate(ec.generate_private_key(ec.SECP256R1()))
    cluster.authority.with_name("stranger.pem").write_bytes(stranger)


def _certificate(key: ec.EllipticCurvePrivateKey) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    today = dt.datetime.now(dt.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - dt.timedelta(days=1))
        .not_valid_after(today + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM)
