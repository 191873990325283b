"""Many instances look like one that never fails: provisioned capacity first, pay-as-you-go when it is full, regions that go
and come back."""

import threading

from harness import calls, processes
from harness.many import Many

PTU = ("ptu-1", "ptu-2", "ptu-3")
PAYG = ("payg-1", "payg-2")
PTU_CALLS = 40  # a minute, each


def members():
    """Each with its own key: the pool's clients have none."""
    return {name: (f"https://{name}.openai.azure.com/openai", 1 if name in PTU else 2,
                   {"credentials": {"header": {"api-key": [f"key-{name}"]}}}) for name in PTU + PAYG}


class Callers:
    """Threads that call as fast as they are answered; what was not a good answer is kept."""

    def __init__(self, many, threads=6):
        self.many, self.good, self.bad = many, 0, []
        self.lock, self.stopping = threading.Lock(), threading.Event()
        self.threads = [threading.Thread(target=self._run, args=(number,)) for number in range(threads)]
        for thread in self.threads:
            thread.start()

    def _run(self, number):
        caller = self.many.caller()
        turn = 0
        while not self.stopping.is_set():
            turn += 1
            try:
                answer = self.many.chat(caller, calls.mark(), stream=(number + turn) % 3 == 0, max_tokens=5)
                wrong = None if answer.status == 200 and answer.whole and b"error" not in answer.body else repr(answer)
            except OSError as error:
                wrong = repr(error)
            with self.lock:
                self.good += wrong is None
                if wrong:
                    self.bad.append(wrong)
        caller.close()

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join()


def served(many):
    return {name: counts["statuses"].get("200", 0) for name, counts in counters(many).items()}


def counters(many):
    return many.azure.counters()["instances"]


def test_provisioned_capacity_is_used_up_before_anything_else_and_no_refusal_is_seen(tmp_path):
    instances = {name: {"rpm": PTU_CALLS} for name in PTU} | {name: {} for name in PAYG}
    many = Many(tmp_path, members(), instances)
    try:
        # Storms: besides their quota, now and then an instance refuses without need, and says for how long.
        many.knobs("ptu-2", status=429, every=9, **{"retry-after": 1})
        callers = Callers(many)
        processes.until(lambda: callers.good >= 900, seconds=60, what="900 answers")
        callers.stop()
        assert callers.bad == []
        by_instance = served(many)
        for name in ("ptu-1", "ptu-3"):
            assert by_instance[name] >= 0.95 * PTU_CALLS, by_instance
        assert sum(by_instance.values()) >= 900
        # Who is full is left alone: hardly a call was wasted on one.
        refused = sum(counts["statuses"].get("429", 0) for counts in counters(many).values())
        assert refused < 60, counters(many)
        status = many.status()
        assert status["ptu-1"]["state"] == "full", status
        assert 'sluice_backend_available{backend="payg-1"} 1' in many.metrics()
        rows = many.records.wait_for("SELECT count(*) AS n, count(tries) AS tried FROM exchanges HAVING count(*) >= 900")
        assert rows[0]["tried"] >= 3
        many.stop()
    finally:
        many.end()


def test_a_region_that_is_lost_and_comes_back_is_not_noticed(tmp_path):
    names = ("payg-1", "payg-2")
    many = Many(tmp_path, {name: member for name, member in members().items() if name in names}, {name: {} for name in names})
    try:
        callers = Callers(many, threads=4)
        processes.until(lambda: callers.good >= 100, what="100 answers")
        many.knobs("payg-1", reset=1)  # every connection ends without an answer
        processes.until(lambda: many.status()["payg-1"]["state"] == "open", what="the breaker to open")
        lost = served(many)["payg-1"]
        before = callers.good
        processes.until(lambda: callers.good >= before + 200, what="200 answers of the other region")
        assert served(many)["payg-1"] - lost <= 4
        many.knobs("payg-1", reset=None)
        processes.until(lambda: served(many)["payg-1"] >= lost + 20, seconds=60, what="the region's return")
        callers.stop()
        assert callers.bad == []
        log = many.gateway.output()
        assert "circuit breaker opened" in log and "circuit breaker closed" in log
        row = many.records.wait_for("SELECT tries FROM exchanges WHERE contains(tries, 'BackendConnectionFailure') LIMIT 1")[0]
        assert '"backend":"payg-1"' in row["tries"] and '"status":200' in row["tries"]
        many.stop()
    finally:
        many.end()
