#!/usr/bin/env python3
"""A real browser that signs a user in: headless Chromium driven over the WebDriver protocol. As a program it is what the
environment variable BROWSER names, so that azure-identity opens it as it would a person's browser.

usage: browser.py URL     (user to choose on the sign-in page: environment variable SIGN_IN_AS)
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--ignore-certificate-errors"]
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the protocol's name for a reference to an element


class Browser:
    """One Chromium with an empty profile. `hosts` maps a host name to the address to connect to instead."""

    def __init__(self, hosts=None):
        self.profile = tempfile.TemporaryDirectory()
        self.driver = subprocess.Popen(["chromedriver", "--port=0", "--allowed-ips=127.0.0.1"], stdout=subprocess.PIPE,
                                       stderr=subprocess.DEVNULL, text=True)
        self.port = next(int(line.rsplit(" ", 1)[1].rstrip(".\n")) for line in self.driver.stdout if "successfully on port" in line)
        rules = ",".join(f"MAP {name} {address}" for name, address in (hosts or {}).items())
        arguments = [*FLAGS, f"--user-data-dir={self.profile.name}"] + ([f"--host-resolver-rules={rules}"] if rules else [])
        options = {"goog:chromeOptions": {"args": arguments}, "acceptInsecureCerts": True}
        self.session = ""
        self.session = self.call("POST", "/session", {"capabilities": {"alwaysMatch": options}})["sessionId"]

    def call(self, method, path, body=None):
        url = f"http://127.0.0.1:{self.port}" + (f"/session/{self.session}" if self.session else "") + path
        data = None if body is None and method == "GET" else json.dumps(body or {}).encode()
        request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(error.read().decode()) from None

    def open(self, url):
        self.call("POST", "/url", {"url": url})

    def url(self):
        return self.call("GET", "/url")

    def source(self):
        return self.call("GET", "/source")

    def click(self, xpath):
        element = self.call("POST", "/element", {"using": "xpath", "value": xpath})[ELEMENT]
        self.call("POST", f"/element/{element}/click")

    def close(self):
        try:
            self.call("DELETE", "")
        finally:
            self.driver.terminate()
            self.driver.wait()
            self.profile.cleanup()


def sign_in(browser, url, user):
    """Opens the sign-in page, chooses the user, and waits until the browser is sent back to the application."""
    browser.open(url)
    browser.click(f"//*[self::button or self::a or self::label][contains(., '{user}')]")
    end = time.monotonic() + 20
    while not browser.url().startswith("http://localhost"):
        if time.monotonic() > end:
            raise RuntimeError(f"not sent back: {browser.url()}\n{browser.source()[:2000]}")
        time.sleep(0.1)


def main():
    browser = Browser(json.loads(os.environ.get("BROWSER_HOSTS", "{}")))
    try:
        sign_in(browser, sys.argv[1], os.environ.get("SIGN_IN_AS", "Alice"))
    finally:
        browser.close()


if __name__ == "__main__":
    main()
