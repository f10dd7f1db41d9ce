"""TLS with the certificate of the settings, and traces that reach a collector."""

import ipaddress
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.api.serving import answered, served
from tests.workbench import Workbench

pytestmark = pytest.mark.slow


def certificate(folder: Path) -> dict[str, str]:
    """A certificate for 127.0.0.1, signed by itself, as settings."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "desk")])
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(datetime.now(tz=UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(tz=UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "desk.pem", folder / "desk.key"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return {
        "WELLHEAD_API_CERTIFICATE": str(paths[0]),
        "WELLHEAD_API_CERTIFICATE_KEY": str(paths[1]),
    }


def test_it_serves_tls_with_the_certificate_of_the_settings(
    shared_workbench: Workbench, tmp_path: Path
) -> None:
    settings = certificate(tmp_path)
    with served({**shared_workbench.settings, **settings}) as server:
        assert answered(f"{server.url}/v1/forecasts/WTI", server.trusted) == 200
        with pytest.raises(OSError, match="certificate verify failed"):
            answered(server.url)  # by a client that does not know the certificate
        with pytest.raises(OSError):
            answered(server.url.replace("https", "http"))


class Collector(ThreadingHTTPServer):
    """An OpenTelemetry collector on loopback; `spans` are the names it was sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.spans: list[str] = []


class _Handler(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        sent = ExportTraceServiceRequest()
        sent.ParseFromString(self.rfile.read(int(self.headers["Content-Length"])))
        for resource in sent.resource_spans:
            for scope in resource.scope_spans:
                self.server.spans += [span.name for span in scope.spans]
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def collecting() -> Iterator[Collector]:
    collector = Collector()
    Thread(target=collector.serve_forever, daemon=True).start()
    yield collector
    collector.shutdown()
    collector.server_close()


def test_traces_reach_the_collector_that_a_variable_names(shared_workbench: Workbench) -> None:
    with collecting() as collector:
        endpoint = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{collector.server_port}",
            "OTEL_BSP_SCHEDULE_DELAY": "200",
        }
        with served({**shared_workbench.settings, **endpoint}) as server:
            assert answered(f"{server.url}/v1/forecasts/WTI") == 200
            for _ in range(100):
                if any("/v1/forecasts/{commodity}" in name for name in collector.spans):
                    break
                time.sleep(0.1)
    assert "GET /v1/forecasts/{commodity}" in collector.spans
