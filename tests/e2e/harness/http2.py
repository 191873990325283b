"""A backend that speaks HTTP/2 over TLS by an implementation other than the gateway's: python's h2."""

import datetime
import select
import socket
import ssl
import threading

import h2.config
import h2.connection
import h2.events
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST = "h2.example.test"


def write_identity(folder):
    """A certificate of its own making for HOST, and its key: the paths of two PEM files."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
                   .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(hours=1))
                   .not_valid_after(now + datetime.timedelta(days=1))
                   .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
                   .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
                   .sign(key, hashes.SHA256()))
    paths = folder / "h2-certificate.pem", folder / "h2-key.pem"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                           serialization.NoEncryption()))
    return paths


class Request:
    def __init__(self, headers):
        self.headers = dict(headers)
        self.body = b""


class Backend:
    """Hands each whole request to `answer(exchange, request)` on a thread of its own. `protocols`: what it agrees on."""

    def __init__(self, folder, answer, protocols=("h2",)):
        self.certificate, key = write_identity(folder)
        self.answer = answer
        self.connections = []
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.certificate, key)
        self.context.set_alpn_protocols(list(protocols))
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                accepted, _ = self.listener.accept()
                secured = self.context.wrap_socket(accepted, server_side=True)
            except ssl.SSLError:
                continue
            except OSError:
                return
            connection = Connection(secured, self.answer)
            self.connections.append(connection)
            threading.Thread(target=connection.serve, daemon=True).start()

    def close(self):
        self.listener.close()
        for connection in self.connections:
            connection.socket.close()


class Connection:
    def __init__(self, secured, answer):
        self.socket = secured
        self.answer = answer
        self.lock = threading.Condition()
        self.requests = {}
        self.reset = set()  # streams that the gateway has given up
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
        self.h2.initiate_connection()
        self.flush()

    def flush(self):
        self.socket.sendall(self.h2.data_to_send())

    def serve(self):
        try:
            while True:
                if not self.socket.pending():
                    select.select([self.socket], [], [])
                with self.lock:  # one thread at a time may use a TLS socket
                    data = self.receive()
                    if data == b"":
                        return
                    for event in self.h2.receive_data(data or b""):
                        self.take(event)
                    self.flush()
                    self.lock.notify_all()
        except (OSError, ValueError):
            pass

    def receive(self):
        """What is there; None: nothing yet."""
        self.socket.settimeout(0)
        try:
            return self.socket.recv(65536)
        except ssl.SSLWantReadError:
            return None
        finally:
            self.socket.settimeout(30)

    def take(self, event):
        if isinstance(event, h2.events.RequestReceived):
            self.requests[event.stream_id] = Request([(name.decode(), value.decode()) for name, value in event.headers])
        elif isinstance(event, h2.events.DataReceived):
            self.requests[event.stream_id].body += event.data
            self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.StreamEnded):
            exchange = Exchange(self, event.stream_id)
            threading.Thread(target=self.answer, args=(exchange, self.requests[event.stream_id]), daemon=True).start()
        elif isinstance(event, h2.events.StreamReset):
            self.reset.add(event.stream_id)


class Exchange:
    """What `answer` answers with."""

    def __init__(self, connection, stream):
        self.connection = connection
        self.stream = stream

    def head(self, status, headers=()):
        with self.connection.lock:
            self.connection.h2.send_headers(self.stream, [(":status", str(status)), *headers])
            self.connection.flush()

    def send(self, data, end=False):
        connection = self.connection
        with connection.lock:
            while data or end:
                room = min(connection.h2.local_flow_control_window(self.stream), connection.h2.max_outbound_frame_size)
                if room == 0 and data:
                    connection.lock.wait(10)
                    continue
                piece, data = data[:room], data[room:]
                connection.h2.send_data(self.stream, piece, end_stream=end and not data)
                connection.flush()
                if not data:
                    break

    def refuse(self):
        with self.connection.lock:
            self.connection.h2.reset_stream(self.stream, error_code=7)
            self.connection.flush()

    def given_up(self):
        with self.connection.lock:
            return self.stream in self.connection.reset
