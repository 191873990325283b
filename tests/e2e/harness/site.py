"""A gateway of a test's own: the sample's configuration copied, with small limits and a simulator of its own, so that the
test may kill, starve, or reload it."""

import shutil
from pathlib import Path

from . import azure, calls, processes, records


class Site:
    """`sluice simulate` and `sluice serve` in one folder. `settings` is added to sluice.yaml."""

    def __init__(self, folder, settings="", simulator=None):
        self.folder = Path(folder)
        self.configuration = self.folder / "configuration"
        shutil.copytree(processes.EXAMPLES / "azure-openai", self.configuration)
        self.simulator = simulator or processes.Program("simulate", folder=self.folder)
        self.azure = azure.Azure(self.simulator.ready["simulator"])
        self.write_settings(settings)
        self.records = records.Records(self.configuration)
        self.gateway = None
        self.port = 0
        self.start()

    def write_settings(self, settings):
        """What demo writes too: every host of Azure is the simulator."""
        hosts = ["login.microsoftonline.com"] + [f"{name}.openai.azure.com" for name in (azure.INSTANCE_1, azure.INSTANCE_2)]
        lines = ["hosts:"]
        for host in hosts:
            lines += [f"  {host}:", f"    address: 127.0.0.1:{self.azure.tls_port}", f"    ca: {self.azure.ca}"]
        (self.configuration / "sluice.yaml").write_text("\n".join(lines) + "\n" + settings)

    def start(self):
        self.gateway = processes.Program("serve", self.configuration, "--port", self.port, folder=self.folder)
        self.url = self.gateway.ready["gateway"]
        self.management = self.gateway.ready["management"]
        self.port = int(self.url.rsplit(":", 1)[1].rstrip("/"))  # the same again after a restart

    def caller(self, token, timeout=30):
        return calls.Caller(self.url, token, timeout)

    def status(self):
        return calls.Caller(self.management).get("/status").json()

    def stop(self):
        """0 when both ended in order."""
        try:
            assert self.gateway.stop() == 0, self.gateway.output()
        finally:
            self.simulator.kill()
