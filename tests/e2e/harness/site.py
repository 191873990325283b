"""A gateway of a test's own: the sample's configuration copied, with small limits and a simulator of its own, so that the
test may kill, starve, or reload it."""

import shutil
import socket
from pathlib import Path

from . import azure, calls, processes, records


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class Site:
    """`sluice simulate` and `sluice serve` in one folder. `settings` is added to sluice.yaml; nothing listens
    where the `dead` hosts are said to be; `prepare` changes the configuration before it is served."""

    def __init__(self, folder, settings="", dead=(), prepare=lambda configuration: None):
        self.folder = Path(folder)
        self.configuration = self.folder / "configuration"
        shutil.copytree(processes.EXAMPLES / "azure-openai", self.configuration)
        self.gateway = None
        self.simulator = processes.Program("simulate", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0",
                                           "--state", self.folder / "simulator", folder=self.folder)
        try:
            self.azure = azure.Azure(self.simulator.ready)
            self.port = free_port()  # the same again after a restart
            self.write_settings(settings, dead)
            prepare(self.configuration)
            self.records = records.Records(self.folder / "store.duckdb")
            self.start()
        except BaseException:
            self.end()
            raise

    def write_settings(self, settings, dead):
        """What demo says too: every host of Azure is the simulator. The sample's own tables."""
        hosts = ["login.microsoftonline.com", *(f"{name}.openai.azure.com" for name in (azure.INSTANCE_1, azure.INSTANCE_2))]
        ports = {host: free_port() if host in dead else self.azure.tls_port for host in hosts}
        mapped = "\n".join(f'  {host}: {{address: "127.0.0.1:{port}", ca: {self.azure.ca}}}' for host, port in ports.items())
        text = (processes.EXAMPLES / "azure-openai/sluice.yaml").read_text()
        tables = text[text.index("tables:"):text.index("# Every call")]
        (self.configuration / "sluice.yaml").write_text(f"""
listeners:
  - address: 127.0.0.1:{self.port}
management:
  address: 127.0.0.1:0
hosts:
{mapped}
namedValues:
  tenant: {{value: {azure.TENANT}}}
journal:
  directory: {self.folder}/journal
store:
  path: {self.folder}/store.duckdb
{tables}
{settings}""")

    def start(self):
        self.gateway = processes.Program("serve", self.configuration, folder=self.folder)
        self.url = self.gateway.ready["gateway"][0]
        self.management = self.gateway.ready["management"]

    def caller(self, token, timeout=30):
        return calls.Caller(self.url, token, timeout)

    def status(self):
        return calls.Caller(self.management).get("/status").json()

    def stop(self):
        """In order: the gateway drains."""
        try:
            assert self.gateway.stop() == 0, self.gateway.output()
        finally:
            self.end()

    def end(self):
        """Whatever still runs."""
        for program in (self.gateway, self.simulator):
            if program is not None:
                program.kill()
