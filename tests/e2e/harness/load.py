"""Callers that go on until told: what each got whole, and what failed."""

import random
import threading

from . import calls


class Load:
    """`threads` callers in a loop; every third call is a stream. Each call is a workload of its own: its mark."""

    def __init__(self, gateway, token, threads=8, check=lambda answer: None):
        self.gateway = gateway
        self.token = token
        self.check = check  # raises when a good answer is not what it should be
        self.lock = threading.Lock()
        self.whole = []  # marks whose last byte arrived, with 200
        self.failed = []  # what went wrong, in words
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self._run, args=(number,)) for number in range(threads)]
        for thread in self.threads:
            thread.start()

    def _run(self, number):
        choose = random.Random(number)
        caller = calls.Caller(self.gateway, self.token, timeout=30)
        while not self.stopping.is_set():
            self._call(caller, stream=choose.randrange(3) == 0, pace=choose.choice(("", "tps=400", "latency=5ms")))
        caller.close()

    def _call(self, caller, stream, pace):
        mark = calls.mark()
        try:
            answer = caller.chat(mark, stream=stream, headers={"x-simulator": pace} if pace else None)
            is_whole = answer.whole and (not stream or answer.events()[-1:] == ["[DONE]"])
            if answer.status != 200 or not is_whole:
                raise AssertionError(f"{answer}, whole: {answer.whole}")
            self.check(answer)
        except (OSError, AssertionError, ValueError, calls.http.client.HTTPException) as error:
            with self.lock:
                self.failed.append(f"{type(error).__name__}: {error}")
            self.stopping.wait(0.01)
            return
        with self.lock:
            self.whole.append(mark)

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join()
