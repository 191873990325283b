"""tools/new-policy: what it writes, and the line that it adds."""

import importlib.util
import unittest
from importlib.machinery import SourceFileLoader
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
loader = SourceFileLoader("new_policy", str(ROOT / "tools/new-policy"))
new_policy = importlib.util.module_from_spec(importlib.util.spec_from_loader("new_policy", loader))
loader.exec_module(new_policy)


class NewPolicy(unittest.TestCase):
    def test_names(self):
        names = new_policy.names_of("rate-limit-by-key")
        self.assertEqual(names, {"name": "rate-limit-by-key", "folder": "rate_limit_by_key", "pascal": "RateLimitByKey",
                                 "camel": "rateLimitByKey"})

    def test_registration_keeps_the_order(self):
        names = new_policy.names_of("my-policy")
        text = new_policy.registered((ROOT / "src/policies/builtin.cc").read_text(), names)
        self.assertIn('#include "policies/my_policy/my_policy.h"', text)
        entries = [line for line in text.splitlines() if line.startswith('#include "policies/') and line.count("/") == 2]
        self.assertEqual(entries, sorted(entries))
        self.assertLess(text.index("&logToEventhubDescriptor"), text.index("&myPolicyDescriptor"))
        self.assertLess(text.index("&myPolicyDescriptor"), text.index("&retryDescriptor"))

    def test_it_is_no_longer_refused(self):
        text = '    {"quota", kNotYet},\n    {"rate-limit", kNotYet},\n    {"rate-limit-by-key", kNotYet},\n'
        self.assertEqual(new_policy.no_longer_refused(text, new_policy.names_of("rate-limit")),
                         '    {"quota", kNotYet},\n    {"rate-limit-by-key", kNotYet},\n')

    def test_a_policy_is_registered_once(self):
        with self.assertRaises(SystemExit):
            new_policy.registered((ROOT / "src/policies/builtin.cc").read_text(), new_policy.names_of("set-header"))

    def test_its_files_are_those_that_a_policy_has(self):
        files = new_policy.files_of(new_policy.names_of("my-policy"))
        self.assertEqual(sorted(files), ["my_policy.cc", "my_policy.h", "my_policy.md", "my_policy_test.cc",
                                         "scenarios/first.scenario"])
        for template in files.values():
            template.format(**new_policy.names_of("my-policy"))


if __name__ == "__main__":
    unittest.main()
