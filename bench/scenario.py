"""What is asked of the gateways: the requests, as wrk's script and as plain bytes."""

import json

# A request of 400 bytes of body and a bearer token of about 800, as an application sends it.
MESSAGES = [{"role": "system", "content": "Assistant is a large language model trained by OpenAI."},
            {"role": "user", "content": "Who were the founders of Microsoft? " + "Tell me in a few words, please. " * 7}]


class Request:
    def __init__(self, path, token, body=None, headers=None):
        self.path = path
        body = {"messages": MESSAGES, "max_tokens": 100} | (body or {})
        self.body = json.dumps(body)
        self.headers = {"Host": "gateway", "Content-Type": "application/json", "Authorization": f"Bearer {token}",
                        "User-Agent": "bench/1", "Accept": "application/json"} | (headers or {})

    def as_bytes(self):
        head = "".join(f"{name}: {value}\r\n" for name, value in self.headers.items())
        return (f"POST {self.path} HTTP/1.1\r\n{head}Content-Length: {len(self.body)}\r\n\r\n{self.body}").encode()

    def as_wrk_script(self):
        lines = ["wrk.method = 'POST'", f"wrk.path = {json.dumps(self.path)}", f"wrk.body = {json.dumps(self.body)}"]
        lines += [f"wrk.headers[{json.dumps(name)}] = {json.dumps(value)}" for name, value in self.headers.items()]
        return "\n".join(lines) + "\n"


def stream_headers(events, interval_us):
    """Asks the bench upstream for a stream; see upstream.cc."""
    return {"x-events": str(events), "x-interval-us": str(interval_us), "Accept": "text/event-stream"}
