#!/usr/bin/env python3
"""./dev bench: Sluice and nginx as a bare proxy, measured in one interleaved run, one worker thread each.

usage: run.py [--rounds N] [--seconds S] [--only NAME...] [--write]

The gateways are pinned to the last core; upstream and load run on the first. Processor time is user and system time of
the gateway's process (all threads, so the journal's too; the explorer is a process of its own) over what was served.
A round measures every gateway once; figures are medians over rounds, the ratio is the median of the rounds' ratios.
"""

import argparse
import datetime
import json
import os
import platform
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import results
from gateways import ROOT, Direct, Nginx, Sluice
from processes import Process, processor_seconds, resident_bytes
from scenario import Request, stream_headers

BUILD = ROOT / "build/release"
CLIENT = BUILD / "bench/bench_client"
SAMPLE = "/dev-openai-instance-1/bench/openai/deployments/gpt-35-turbo/chat/completions?api-version="
CONNECTIONS, STREAMS, INTERVAL_US, MEMORY_STREAMS = 64, 400, 10_000, 1000


class Bench:
    def __init__(self, folder, seconds):
        self.folder = folder
        self.seconds = seconds
        self.load_core, gateway_core = 0, os.cpu_count() - 1
        assert gateway_core != self.load_core, "two cores are needed"
        self.upstream = Process(self.load_core, [BUILD / "bench/bench_upstream"], folder / "upstream-log", first_line=True)
        self.upstream_port = int(self.upstream.line.split()[1])
        self.direct = Direct(self.upstream_port)
        self.nginx = Nginx(gateway_core, self.upstream_port, free_port(), folder)
        self.sluice = Sluice(gateway_core, self.load_core, self.upstream_port, free_port(), folder, BUILD / "sluice")
        self.token = self.sluice.token()

    def end(self):
        for part in (self.sluice, self.nginx, self.upstream):
            part.end()

    def requests_seen(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.upstream_port}/_requests") as answer:
            return int(answer.read())

    def on_load_core(self, *arguments):
        done = subprocess.run(["taskset", "-c", str(self.load_core), *map(str, arguments)], capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"{arguments}: {done.stdout}{done.stderr}")
        return done.stdout

    def per_request(self, gateway, request):
        """Microseconds of processor time per request, closed loop."""
        script = self.folder / "wrk.lua"
        script.write_text(request.as_wrk_script())
        seen, spent = self.requests_seen(), processor_seconds(gateway.pids)
        told = self.on_load_core("wrk", "-t1", f"-c{CONNECTIONS}", f"-d{self.seconds}", "-s", script,
                                 f"http://127.0.0.1:{gateway.port}")
        if "Non-2xx" in told or "Socket errors" in told:
            raise RuntimeError(f"{gateway.name}: {told}")
        return (processor_seconds(gateway.pids) - spent) * 1e6 / (self.requests_seen() - seen)

    def client(self, mode, gateway, request, *arguments):
        path = self.folder / "request"
        path.write_bytes(request.as_bytes())
        told = self.on_load_core(CLIENT, mode, "--port", gateway.port, "--request", path, *arguments)
        return json.loads(told.splitlines()[-1])

    def per_event(self, gateway, request):
        """Microseconds of processor time per event, many open streams."""
        watched = [argument for pid in gateway.pids for argument in ("--watch", pid)]
        got = self.client("streams", gateway, request, "--connections", STREAMS, "--seconds", self.seconds, *watched)
        expected = STREAMS * self.seconds * 1e6 / INTERVAL_US
        if got["events"] < 0.9 * expected:
            raise RuntimeError(f"{gateway.name}: {got['events']} of {expected:.0f} events came")
        return got["processor_seconds"] * 1e6 / got["events"]

    def latency(self, gateway, request):
        """Microseconds to the first byte of the body, at a steady thousand requests a second."""
        got = self.client("rate", gateway, request, "--connections", CONNECTIONS, "--seconds", self.seconds, "--rate", 1000)
        if got["unanswered"] or got["not_ok"]:
            raise RuntimeError(f"{gateway.name}: {got}")
        return got["first_us"]

    def memory(self, gateway, request):
        """Bytes of resident memory before and with a thousand open streams that have had about 4 KB each."""
        before = resident_bytes(gateway.pids)
        path = self.folder / "request"
        path.write_bytes(request.as_bytes())
        client = subprocess.Popen([CLIENT, "streams", "--port", str(gateway.port), "--request", path, "--connections",
                                   str(MEMORY_STREAMS), "--seconds", "3"], stdout=subprocess.PIPE, text=True)
        try:
            assert client.stdout.readline() == "open\n"
            time.sleep(2.5)  # until each has had its 4 KB
            return before, resident_bytes(gateway.pids)
        finally:
            client.wait()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def scenarios(bench):
    """name -> (unit, budget of the ratio, how to measure, nginx's request, Sluice's request). nginx gets the same bytes
    but for the path, by which it is told not to buffer."""
    def request(path, **more):
        return Request(path, bench.token, **more)

    def stream(path, interval=INTERVAL_US, events=0):
        return request(path, body={"stream": True}, headers=stream_headers(events, interval))

    return {
        "forwarding": ("us/request", 0.75, bench.per_request, request("/plain/x"), request("/plain/x")),
        "forwarding, pool of five": ("us/request", 0.75, bench.per_request, request("/plain/x"), request("/pooled/x")),
        "forwarding, recorded": ("us/request", None, bench.per_request, request("/recorded/x"), request("/recorded/x")),
        "sample policy": ("us/request", 1.00, bench.per_request, request(SAMPLE + "2024-10-21"), request(SAMPLE + "2024-10-21")),
        "streamed event, usage reported": ("us/event", 0.95, bench.per_event, stream("/stream/x"), stream(SAMPLE + "2024-10-21")),
        "streamed event, tokens counted": ("us/event", 0.95, bench.per_event, stream("/stream/x"), stream(SAMPLE + "2023-05-15")),
    }


def ratios(bench, rounds, only):
    """Rows of the first table."""
    rows = []
    for name, (unit, budget, measure, for_nginx, for_sluice) in scenarios(bench).items():
        if only and not any(word in name for word in only):
            continue
        nginx, sluice = [], []
        for number in range(rounds):
            order = [(bench.nginx, for_nginx, nginx), (bench.sluice, for_sluice, sluice)]
            for gateway, request, figures in order if number % 2 else reversed(order):
                figures.append(measure(gateway, request))
        ratio = statistics.median(b / a for a, b in zip(nginx, sluice))
        verdict = ["", ""] if budget is None else [f"{budget:.2f}", "yes" if ratio <= budget else "NO"]
        rows.append([name, unit, spread(nginx), spread(sluice), f"{ratio:.2f}", *verdict])
        print("  ".join(rows[-1]), flush=True)
    return rows


def spread(figures):
    return f"{statistics.median(figures):.1f} [{min(figures):.1f}..{max(figures):.1f}]"


def latencies(bench, rounds):
    """Rows of the second table: what each gateway adds to the direct way."""
    whole = Request(SAMPLE + "2024-10-21", bench.token)
    stream = Request(SAMPLE + "2024-10-21", bench.token, body={"stream": True}, headers=stream_headers(3, 0))
    nginx_stream = Request("/stream/x", bench.token, body={"stream": True}, headers=stream_headers(3, 0))
    rows = []
    for name, requests in (("answer", (whole, whole, whole)), ("first token of a stream", (stream, nginx_stream, stream))):
        got = {gateway.name: [] for gateway in (bench.direct, bench.nginx, bench.sluice)}
        for _ in range(rounds):
            for gateway, request in zip((bench.direct, bench.nginx, bench.sluice), requests):
                got[gateway.name].append(bench.latency(gateway, request))
        for share, budget in (("p50", None), ("p99", 150)):
            base = statistics.median(one[share] for one in got["direct"])
            added = {key: statistics.median(one[share] for one in figures) - base for key, figures in got.items()}
            verdict = "" if budget is None else ("yes" if added["sluice"] <= budget else "NO")
            rows.append([f"{name}, {share}", f"{base:.0f}", f"+{added['nginx']:.0f}", f"+{added['sluice']:.0f}",
                         "" if budget is None else f"+{budget}", verdict])
            print("  ".join(rows[-1]), flush=True)
    return rows


def memories(bench):
    request = Request(SAMPLE + "2024-10-21", bench.token, body={"stream": True}, headers=stream_headers(0, 100_000))
    nginx_request = Request("/stream/x", bench.token, body={"stream": True}, headers=stream_headers(0, 100_000))
    rows = []
    for gateway, asked in ((bench.nginx, nginx_request), (bench.sluice, request)):
        before, during = bench.memory(gateway, asked)
        rows.append([gateway.name, f"{before / 2**20:.1f}", f"{during / 2**20:.1f}",
                     f"{(during - before) / MEMORY_STREAMS / 1024:.1f}"])
        print("  ".join(rows[-1]), flush=True)
    return rows


def table(heads, rows):
    lines = ["| " + " | ".join(heads) + " |", "| " + " | ".join("---" for _ in heads) + " |"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def machine():
    cpu = next(line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name"))
    congestion = Path("/proc/sys/net/ipv4/tcp_congestion_control").read_text().strip()
    return f"{cpu}, {os.cpu_count()} cores, Linux {platform.release()}, TCP congestion control {congestion}"


def report(arguments, bench):
    text = [f"{datetime.date.today()}, {machine()}.",
            f"`./dev bench {' '.join(sys.argv[1:])}`".replace(" `", "`") + f": {arguments.rounds} rounds of {arguments.seconds} s, medians [least..most].", ""]
    text += ["Processor time, one thread each:", "",
             table(["work", "unit", "nginx", "Sluice", "ratio", "budget", "met"], ratios(bench, arguments.rounds, arguments.only)), ""]
    if not arguments.only or "latency" in arguments.only:
        text += ["Added to the time until the body's first byte at 1,000 requests a second, sample policy, microseconds:", "",
                 table(["what", "direct", "nginx", "Sluice", "budget", "met"], latencies(bench, max(3, arguments.rounds // 2))), ""]
    if not arguments.only or "memory" in arguments.only:
        text += [f"Resident memory, MiB, and KiB per stream with {MEMORY_STREAMS} open streams:", "",
                 table(["gateway", "idle after load", "with streams", "KiB per stream"], memories(bench)), ""]
    return "\n".join(text)


INTRODUCTION = """# Results of ./dev bench

nginx 1.22 is a bare reverse proxy (`proxy_buffering off` for streams); Sluice runs the sample policy: token checked,
backend chosen, URL rewritten, both bodies read and recorded. A request has 400 bytes of body and an application's token,
an answer 600 bytes, over 64 kept-alive connections; streams are 400 with one 200-byte event each 10 ms. Gateway on one
core, upstream and load on the other; absolute times drift with the neighbours of a virtual machine, ratios much less.

"""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--only", nargs="*", default=[], help="words of scenario names, latency, memory")
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="sluice-bench-"))
    bench = Bench(folder, arguments.seconds)
    try:
        text = report(arguments, bench)
    finally:
        bench.end()
    shutil.rmtree(folder)
    print("\n" + text)
    if arguments.write:
        results.replace_front(INTRODUCTION + text)


if __name__ == "__main__":
    main()
