"""Each rule of tools/lint.py and tools/check_layers.py with what it must refuse and what it must let pass."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tools"))
import check_layers
import lint

LEFT_OVER = "TO" + "DO"
REGISTRY = "registry.npm" + "js.org"
HOME = "/ho" + "me/someone/x"


class HouseRules(unittest.TestCase):
    def rules_broken(self, text, path="src/http/codec.cc"):
        return sorted({problem.split(": ")[1] for problem in lint.check_text(path, text)})

    def refuses(self, rule, text, path="src/http/codec.cc"):
        self.assertEqual(self.rules_broken(text, path), [rule], text)

    def allows(self, text, path="src/http/codec.cc"):
        self.assertEqual(self.rules_broken(text, path), [], text)

    def test_braced_temporary_in_an_awaited_call(self):
        self.refuses("awaited-temporary", "co_await send({1, name});")
        self.refuses("awaited-temporary", "auto x = co_await pool.get(key, {1, 2});")
        self.refuses("awaited-temporary", "co_await f(\n    {a});")
        self.allows("co_await send(std::move(request));")
        self.allows("if (co_await ready(x)) {\n  f({1, 2});\n}")
        self.allows("co_await ready(x);\nf({1, 2});")

    def test_aggregate_temporary_in_an_awaited_call(self):
        self.refuses("awaited-temporary", "co_await send(Options{.limit = 1});")
        self.refuses("awaited-temporary", "co_await send(x, http::Options{});")
        self.allows("const Options options{1};\nco_await send(options);")
        self.allows("for (;;) { if (!co_await next()) break; Options o{1}; }")

    def test_awaited_choice(self):
        self.refuses("awaited-choice", "auto x = ready ? co_await one() : co_await two();")
        self.refuses("awaited-choice", "x = ready\n  ? co_await one()\n  : other;")
        self.allows("if (ready) {\n  x = co_await one();\n}")

    def test_capturing_lambda_coroutine(self):
        self.refuses("coroutine-lambda", "spawn([this] { co_return; });")
        self.refuses("coroutine-lambda", "spawn([&](int x) -> Task<int> { co_return x; });")
        self.allows("spawn([](int x) -> Task<int> { co_return x; });")
        self.allows("each([&](int x) { sum += x; });\nco_return sum;")

    def test_clocks_come_from_outside(self):
        self.refuses("raw-clock", "auto t = std::chrono::steady_clock::now();")
        self.refuses("raw-clock", "clock_gettime(CLOCK_MONOTONIC, &t);")
        self.refuses("raw-clock", "auto t = time(nullptr);")
        self.allows("auto t = clock.now();")
        self.allows("auto t = std::chrono::steady_clock::now();", "src/base/clock.cc")

    def test_no_throw(self):
        self.refuses("throw", "throw std::runtime_error(message);")
        self.allows("// the parser may throw\ncatch (const E&) {}")
        self.allows('fail("never throw this");')

    def test_no_iostream(self):
        self.refuses("iostream", "#include <iostream>")
        self.allows("#include <iosfwd>")

    def test_no_sleeping(self):
        self.refuses("sleep", "std::this_thread::sleep_for(1s);", "src/http/codec_test.cc")
        self.refuses("sleep", "usleep(10);")
        self.allows("loop.sleep(10ms);")
        self.allows("sleeper(1);")

    def test_names_say_what_a_thing_does(self):
        self.refuses("vague-name", "class ConnectionManager {};")
        self.allows("class ConnectionPool {};")

    def test_nothing_left_over(self):
        self.refuses("left-over", f"// {LEFT_OVER}: later")
        self.refuses("left-over", f"{LEFT_OVER}", "docs/page.md")

    def test_no_registry_host(self):
        self.refuses("registry-host", f"fetch https://{REGISTRY}/x", "tools/dev/setup.sh")

    def test_no_path_of_one_machine(self):
        self.refuses("machine-path", f"cd {HOME}", "tools/dev/setup.sh")
        self.allows("cd $HOME/x; cat /etc/hosts; ls build/work/main/x", "tools/dev/setup.sh")

    def test_an_excuse_needs_its_rule(self):
        self.allows("throw 1;  // lint: allow throw, because the library wants it")
        self.allows("// lint: allow throw, because the library wants it\nthrow 1;")
        self.refuses("throw", "throw 1;  // lint: allow sleep, because")

    def test_length(self):
        self.refuses("length", "\n" * 601)
        self.allows("\n" * 600)
        self.allows("\n" * 900, "src/http/codec_test.cc")
        self.refuses("length", "\n" * 1001, "src/http/codec_test.cc")
        self.allows("// lint: allow length, because it is one table\n" + "\n" * 900)
        self.refuses("length", "// lint: allow length, because it is one table\n" + "\n" * 1100)

    def test_blanking_keeps_lines_and_quotes(self):
        text = 'a = "x // y"; // z\n/* b\n c */ d = R"(q " r)" + \'"\';\n'
        blanked = lint.blank(text)
        self.assertEqual(blanked.count("\n"), text.count("\n"))
        self.assertEqual(len(blanked), len(text))
        self.assertNotIn("y", blanked)
        self.assertIn("d =", blanked)


class Layers(unittest.TestCase):
    RULES = check_layers.Rules("# comment\n1: base\n2: text\n3: store policy\n4: policies cli tool\n"
                               "only store: cli\nisolated policies\n")

    def test_upwards_only(self):
        self.assertIsNone(self.RULES.breach("text/a.cc", "base/b.h"))
        self.assertIsNone(self.RULES.breach("text/a.cc", "text/b.h"))
        self.assertIn("row 2", self.RULES.breach("base/a.cc", "text/b.h"))
        self.assertIn("row 3", self.RULES.breach("store/a.cc", "policy/b.h"))

    def test_only(self):
        self.assertIsNone(self.RULES.breach("cli/a.cc", "store/b.h"))
        self.assertIn("only cli", self.RULES.breach("tool/a.cc", "store/b.h"))

    def test_isolated(self):
        self.assertIsNone(self.RULES.breach("policies/x/x.cc", "policies/x/x.h"))
        self.assertIsNone(self.RULES.breach("policies/x/x.cc", "policies/shared.h"))
        self.assertIsNone(self.RULES.breach("policies/builtin.cc", "policies/x/x.h"))
        self.assertIn("alone", self.RULES.breach("policies/x/x.cc", "policies/y/y.h"))

    def test_unknown_and_unqualified(self):
        self.assertIn("no row", self.RULES.breach("text/a.cc", "other/b.h"))
        self.assertIn("folder", self.RULES.breach("text/a.cc", "b.h"))

    def test_bad_rules_are_told(self):
        with self.assertRaises(ValueError):
            check_layers.Rules("one: base")
        with self.assertRaises(ValueError):
            check_layers.Rules("1: base\n2: base")

    def test_the_tree(self):
        self.assertEqual(check_layers.check(Path(__file__).resolve().parent.parent), [])


if __name__ == "__main__":
    unittest.main()
