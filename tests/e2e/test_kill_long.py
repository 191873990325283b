"""kill -9 under load, many times at random: every exchange whose last byte a client received is in the store exactly once
after the restart."""

import os
import random
import signal

from harness import calls, processes
from harness.load import Load

KILLS = 300
TABLES = {"exchanges": "workload", "openaiA": "WorkloadIdentifier"}


def marks_in(site, table):
    """How often each mark is in a table."""
    column = TABLES[table]
    rows = site.records.query(f"SELECT {column} AS mark, count(*) AS n FROM {table} WHERE {column} LIKE 'mark-%' GROUP BY ALL")
    return {row["mark"]: row["n"] for row in rows}


def wait_until_all_are_stored(site, marks):
    for table in TABLES:
        try:
            processes.until(lambda: not marks - set(marks_in(site, table)), seconds=60, what="all rows")
        except AssertionError:
            lost = sorted(marks - set(marks_in(site, table)))
            raise AssertionError(f"{len(lost)} of {len(marks)} lost from {table}, such as {lost[:3]}") from None


def kill_at_random(site, choose):
    """The gateway, or the explorer beside it, or both at once."""
    children = site.gateway.children()
    victims = choose.choice([[site.gateway.pid], [site.gateway.pid], children, children + [site.gateway.pid]])
    for victim in victims:
        try:
            os.kill(victim, signal.SIGKILL)
        except ProcessLookupError:
            pass
    if site.gateway.pid in victims:
        site.gateway.popen.wait()
        site.start()


def test_no_received_answer_is_lost_or_doubled(site):
    seed = random.randrange(1 << 32)
    choose = random.Random(seed)
    load = Load(site.url, site.azure.application_token(), threads=8)
    try:
        for _ in range(KILLS):
            wait = choose.choice((0, 1, 5, 20, 60))
            so_far = len(load.whole)
            processes.until(lambda: len(load.whole) >= so_far + wait, what="answers")
            kill_at_random(site, choose)
    finally:
        load.stop()
    received = set(load.whole)
    print(f"seed {seed}: {len(received)} received, {len(load.failed)} calls lost to the kills")
    assert len(received) > KILLS

    wait_until_all_are_stored(site, received)
    for table in TABLES:
        doubled = {mark: count for mark, count in marks_in(site, table).items() if count != 1}
        assert not doubled, f"seed {seed}: not once in {table}: {doubled}"
    site.stop()
    processes.until(lambda: not processes.running(site.folder), what="end of every explorer")


def test_ctrl_c_under_load_drains(site):
    """Nothing that was begun is cut, and the records of all are there at the next start."""
    load = Load(site.url, site.azure.application_token(), threads=8)
    processes.until(lambda: len(load.whole) > 50, what="answers")
    site.gateway.signal(signal.SIGTERM)
    assert site.gateway.popen.wait(40) == 0, site.gateway.output()
    load.stop()
    cut = [failure for failure in load.failed if "whole: False" in failure]
    assert not cut, cut[:3]
    site.start()
    wait_until_all_are_stored(site, set(load.whole))
    site.stop()


def test_a_record_is_there_when_the_answer_is(site):
    """Killed the moment after the last byte, again and again."""
    token = site.azure.application_token()
    marks = set()
    for stream in (False, True) * 3:
        mark = calls.mark()
        answer = site.caller(token).chat(mark, stream=stream)
        site.gateway.kill()
        assert answer.whole and answer.status == 200
        marks.add(mark)
        site.start()
    wait_until_all_are_stored(site, marks)
    site.stop()
