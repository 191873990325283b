"""Servers that a gateway calls: a backend that says how it was called, with TLS or without, and a forward proxy."""

import base64
import http.server
import json
import socket
import ssl
import threading


class Backend:
    """Answers with JSON: path, host, the common name of the client's certificate. TLS when it has a certificate; then
    `client_ca` makes it insist on one of the client's."""

    def __init__(self, certificate=None, client_ca=None):
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                shown = self.connection.getpeercert() if certificate and client_ca else None
                names = {part[0][0]: part[0][1] for part in shown["subject"]} if shown else {}
                body = json.dumps({"path": self.path, "host": self.headers["Host"], "client": names.get("commonName")})
                outer.calls.append(self.path)
                if self.path.startswith("/slow"):
                    outer.release.wait(30)
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_):
                pass

        self.calls = []
        self.release = threading.Event()  # until then /slow gets no answer
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.handle_error = lambda *_: None  # a client that is turned away is no news
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate.file, certificate.key_file)
            if client_ca:
                context.verify_mode = ssl.CERT_REQUIRED
                context.load_verify_locations(client_ca)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.release.set()
        self.server.shutdown()
        self.server.server_close()


class ForwardProxy:
    """Opens tunnels (CONNECT) for `user`, whatever the host, to the ports given by the port asked for."""

    def __init__(self, user, password, ports):
        self.expected = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        self.ports = ports
        self.asked = []
        self.refused = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with client:
            head = b""
            while b"\r\n\r\n" not in head:
                more = client.recv(4096)
                if not more:
                    return
                head += more
            lines = head.decode().split("\r\n")
            method, target, _ = lines[0].split(" ")
            fields = dict(line.split(": ", 1) for line in lines[1:] if ": " in line)
            if method != "CONNECT" or fields.get("Proxy-Authorization") != self.expected:
                self.refused += 1
                client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
                return
            self.asked.append(target)
            with socket.create_connection(("127.0.0.1", self.ports[int(target.rsplit(":", 1)[1])])) as backend:
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                back = threading.Thread(target=self._pump, args=(backend, client), daemon=True)
                back.start()
                self._pump(client, backend)
                back.join()

    @staticmethod
    def _pump(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # one of the two has left

    def close(self):
        self.listener.close()
