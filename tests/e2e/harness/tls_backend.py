"""Backends over TLS and a proxy, of a test's own: what the simulator does not have. Certificates are made on the spot."""

import datetime
import http.server
import select
import socket
import socketserver
import ssl
import threading

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def _write(path, certificate, key):
    path.with_suffix(".pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    path.with_suffix(".key").write_bytes(key.private_bytes(serialization.Encoding.PEM,
                                                           serialization.PrivateFormat.PKCS8,
                                                           serialization.NoEncryption()))


class Authority:
    """A certificate authority in a folder; `issue` writes NAME.pem and NAME.key there."""

    def __init__(self, folder):
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test CA")])
        self.certificate = self._build("Test CA", self.key, x509.BasicConstraints(ca=True, path_length=None))
        _write(folder / "ca", self.certificate, self.key)

    def _build(self, name, key, extension):
        now = datetime.datetime.now(datetime.timezone.utc)
        return (x509.CertificateBuilder()
                .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])).issuer_name(self.name)
                .public_key(key.public_key()).serial_number(x509.random_serial_number())
                .not_valid_before(now - datetime.timedelta(hours=1)).not_valid_after(now + datetime.timedelta(days=1))
                .add_extension(extension, critical=False).sign(self.key, hashes.SHA256()))

    def issue(self, name):
        """The thumbprint of a certificate for localhost."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._build(name, key, x509.SubjectAlternativeName([x509.DNSName("localhost")]))
        _write(self.folder / name, certificate, key)
        return certificate.fingerprint(hashes.SHA1()).hex().upper()


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        certificate = self.connection.getpeercert() or {}
        shown = dict(pair[0] for pair in certificate.get("subject", ())).get("commonName", "none")
        body = f"certificate: {shown}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


class TlsBackend:
    """Answers with the common name of the certificate that it was shown; `demands` one of the authority."""

    def __init__(self, authority, name="server", demands=False):
        self.thumbprint = authority.issue(name)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(authority.folder / f"{name}.pem", authority.folder / f"{name}.key")
        if demands:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(authority.folder / "ca.pem")
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self.server.server_address[1]
        self.url = f"https://localhost:{self.port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class _Tunnel(socketserver.StreamRequestHandler):
    def handle(self):
        lines = []
        while line := self.rfile.readline().strip():
            lines.append(line.decode())
        target = lines[0].split()[1]
        credentials = next((line.split(":", 1)[1].strip() for line in lines if line.lower().startswith("proxy-authorization")), "")
        self.server.asked.append((target, credentials))
        host, port = target.rsplit(":", 1)
        with socket.create_connection(("127.0.0.1" if host == "localhost" else host, int(port))) as far:
            self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            ends = {self.connection: far, far: self.connection}
            while True:
                for end in select.select(list(ends), [], [])[0]:
                    data = end.recv(65536)
                    if not data:
                        return
                    ends[end].sendall(data)


class Proxy:
    """An HTTP proxy; `asked` is each tunnel's target and Proxy-Authorization."""

    def __init__(self):
        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Tunnel)
        self.server.daemon_threads = True
        self.server.asked = self.asked = []
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
