#include "policies/set_body/liquid/template.h"

#include <gtest/gtest.h>

#include "policies/set_body/liquid/xml_body.h"

namespace sluice::policies::liquid {
namespace {

class OneBody final : public Globals {
 public:
  OneBody(std::string_view json, std::string_view xml) : json_(json), xml_(xml) {}
  Value find(Values& values, std::string_view name) override {
    if (name != "body") return {};
    if (!xml_.empty()) {
      std::string error;
      auto* tree = parseXmlBody(values.eval(), xml_, Nil::Blank, error);
      EXPECT_NE(tree, nullptr) << error;
      return values.token(tree);
    }
    return values.token(
        expression::parseJson(values.eval(), expression::fromUtf8(values.arena(), json_), expression::Expect::Any));
  }

 private:
  std::string_view json_, xml_;
};

// The text, or what is wrong.
std::string rendered(std::string_view text, std::string_view json = "{}", std::string_view xml = {},
                     size_t limit = 1u << 20, const expression::Limits& limits = {}) {
  TemplateError error;
  const auto parsed = Template::parse(text, error);
  if (parsed == nullptr) return "parse " + std::to_string(error.offset) + ": " + error.message;
  Arena arena;
  expression::Eval eval(nullptr, arena, limits);
  OneBody globals(json, xml);
  const auto result = parsed->render(eval, globals, limit);
  return result ? *result : "error: " + result.error().message;
}

constexpr std::string_view kShop = R"({"name":"Shop","open":true,"rate":1.50,"none":null,"tags":["b","a"],
    "items":[{"n":"x","p":3},{"n":"y","p":1},{"n":"z","p":2}],"odd-name":{"a b":7}})";

TEST(LiquidTest, Outputs) {
  EXPECT_EQ(rendered("{{body.name}} {{ body.open }} {{body.rate}} [{{body.none}}] [{{body.gone.deep}}]", kShop),
            "Shop true 1.5 [] []");
  EXPECT_EQ(rendered("{{body.tags}} {{body.tags.size}} {{body.tags.first}} {{body.tags[1]}} {{body.tags[-2]}}", kShop),
            "ba 2 b a b");
  EXPECT_EQ(rendered("{{body.odd-name['a b']}} {{body.NAME}} {{body['items'][0].n}}", kShop), "7 Shop x");
  EXPECT_EQ(rendered("{{'a'}}{{\"b}}\"}}{{1}}{{ -2.50 }}{{true}}{{nil}}{{}}"), "ab}}1-2.50true");
  EXPECT_EQ(rendered("{{body.items[0]}}", kShop), R"({"n":"x","p":3})");
  EXPECT_EQ(rendered("a{b}c{"), "a{b}c{");
}

TEST(LiquidTest, WhiteSpaceIsTrimmedByDashes) {
  EXPECT_EQ(rendered("a \n{{- 1 -}}\n b {%- if true -%} c {%- endif %} d"), "a1bc d");
}

TEST(LiquidTest, Conditions) {
  EXPECT_EQ(rendered("{% if body.open and body.rate > 1 %}a{% elsif true %}b{% else %}c{% endif %}", kShop), "a");
  EXPECT_EQ(rendered("{% if body.gone %}a{% elsif body.name == 'Shop' %}b{% endif %}", kShop), "b");
  EXPECT_EQ(rendered("{% unless body.open %}a{% else %}b{% endunless %}", kShop), "b");
  EXPECT_EQ(rendered("{% if true or false and false %}right to left{% endif %}"), "right to left");
  EXPECT_EQ(
      rendered("{% if body.tags contains 'a' and body.name contains 'ho' %}1{% endif %}"
               "{% if body.name startsWith 'Sh' and body.name endsWith 'op' %}2{% endif %}"
               "{% if body hasKey 'open' %}3{% endif %}{% if body.gone == empty %}4{% endif %}"
               "{% if body.tags != blank %}5{% endif %}{% if '10' > 9 %}6{% endif %}{% if 'a' < 'b' %}7{% endif %}"
               "{% if body.none == null %}8{% endif %}{% if body.tags == 1 %}no{% endif %}",
               kShop),
      "12345678");
  EXPECT_EQ(rendered("{% case body.items[1].p %}{% when 2, 3 %}a{% when 1 or 9 %}b{% else %}c{% endcase %}", kShop),
            "b");
  EXPECT_EQ(rendered("{% case 5 %}{% when 2 %}a{% else %}c{% endcase %}"), "c");
  EXPECT_EQ(rendered("{% if 1 &lt; 2 %}read{% endif %} &lt;"), "read &lt;");
}

TEST(LiquidTest, Loops) {
  EXPECT_EQ(rendered("{% for i in body.items %}{{forloop.index}}{{i.n}}{% if forloop.Last == false %},{% endif %}"
                     "{% endfor %}",
                     kShop),
            "1x,2y,3z");
  EXPECT_EQ(rendered("{% for i in body.items limit:2 offset: 1 reversed %}{{i.n}}{% endfor %}", kShop), "zy");
  EXPECT_EQ(
      rendered("{% for i in (1..body.items.size) %}{% if i == 2 %}{% continue %}{% endif %}{{i}}{% endfor %}", kShop),
      "13");
  EXPECT_EQ(rendered("{% for i in (1..9) %}{{i}}{% if i == 3 %}{% break %}{% endif %}{% endfor %}"), "123");
  EXPECT_EQ(rendered("{% for i in body.gone %}x{% else %}none{% endfor %}"), "none");
  EXPECT_EQ(rendered("{% for i in (1..2) %}{% for k in (1..2) %}{{forloop.rindex0}}{{i}}{{k}} {% endfor %}"
                     "{{forloop.length}} {% endfor %}{{i}}"),
            "111 012 2 121 022 2 ");
  EXPECT_EQ(rendered("[{% JSONArrayFor i in body.items %}\"{{i.n}}\"{% endJSONArrayFor %}]", kShop),
            R"(["x","y","z"])");
  EXPECT_EQ(rendered("{% for i in (1..4) %}{% cycle 'a', 'b', 'c' %}{% endfor %}"), "abca");
}

TEST(LiquidTest, Variables) {
  EXPECT_EQ(rendered("{% assign a = body.name | Upcase %}{{a}}{% capture b %}<{{a}}>{% endcapture %}{{b}}{{b}}", kShop),
            "SHOP<SHOP><SHOP>");
  EXPECT_EQ(rendered("{% for i in (1..3) %}{% assign last = i %}{% endfor %}{{last}}"), "3");
  EXPECT_EQ(rendered("{% increment n %}{% increment n %}{{n}}{% decrement m %}"), "012-1");
  EXPECT_EQ(rendered("{% comment %}{{ nothing | Here }}{% endcomment %}{% raw %}{{ kept }}{% endraw %}"), "{{ kept }}");
}

TEST(LiquidTest, TextFilters) {
  const auto filtered = [](const std::string& text) { return rendered("{{" + text + "}}"); };
  EXPECT_EQ(filtered("'ab' | Append: 'c' | Prepend: '>'"), ">abc");
  EXPECT_EQ(filtered("'hello big WORLD' | Capitalize"), "Hello Big WORLD");
  EXPECT_EQ(filtered("'\xC3\xA9\xC3\x9F' | Upcase"), "\xC3\x89\xC3\x9F");
  EXPECT_EQ(filtered("'AbC' | Downcase"), "abc");
  EXPECT_EQ(filtered("'<a href=\"x\">&' | Escape"), "&lt;a href=&quot;x&quot;&gt;&amp;");
  EXPECT_EQ(filtered("'<b>x</b><!-- y --><script>z</script>1' | StripHtml"), "x1");
  EXPECT_EQ(filtered("' a b ' | Strip"), "a b");
  EXPECT_EQ(filtered("' a ' | Lstrip | Append: '|'"), "a |");
  EXPECT_EQ(filtered("'a-b-c' | Replace: '-', '+'"), "a+b+c");
  EXPECT_EQ(filtered("'a-b-c' | ReplaceFirst: '-'"), "ab-c");
  EXPECT_EQ(filtered("'a-b-c' | Remove: '-' | RemoveFirst: 'a'"), "bc");
  EXPECT_EQ(filtered("'abcdef' | Slice: 1, 3"), "bcd");
  EXPECT_EQ(filtered("'abcdef' | Slice: -2"), "e");
  EXPECT_EQ(filtered("'abcdefgh' | Truncate: 5"), "ab...");
  EXPECT_EQ(filtered("'one two three' | TruncateWords: 2, '!'"), "one two!");
  EXPECT_EQ(filtered("'a,,b' | Split: ',' | Join: '+'"), "a+b");
  EXPECT_EQ(filtered("'a b&\xC3\xA9' | UrlEncode"), "a+b%26%C3%A9");
  EXPECT_EQ(filtered("'a+b%26' | UrlDecode"), "a b&");
  EXPECT_EQ(filtered("'a\nb' | NewlineToBr"), "a<br />\nb");
  EXPECT_EQ(filtered("'a\r\nb' | StripNewlines"), "ab");
  EXPECT_EQ(filtered("'\xF0\x9F\x98\x80x' | Size"), "3") << ".NET counts UTF-16 units";
}

TEST(LiquidTest, ValueFilters) {
  const auto filtered = [](const std::string& text) { return rendered("{{" + text + "}}", kShop); };
  EXPECT_EQ(filtered("7 | DividedBy: 2"), "3");
  EXPECT_EQ(filtered("7.0 | DividedBy: 2"), "3.5");
  EXPECT_EQ(filtered("0.1 | Plus: 0.2"), "0.3");
  EXPECT_EQ(filtered("'1' | Plus: 2"), "12") << "a text is joined";
  EXPECT_EQ(filtered("'5' | Minus: 2"), "3");
  EXPECT_EQ(filtered("3 | Times: 4 | Modulo: 5"), "2");
  EXPECT_EQ(filtered("-3 | Abs"), "3");
  EXPECT_EQ(filtered("3 | AtLeast: 5"), "5");
  EXPECT_EQ(filtered("3 | AtMost: 2"), "2");
  EXPECT_EQ(filtered("2.345 | Round: 2"), "2.34");
  EXPECT_EQ(filtered("'' | Default: 'd'"), "d");
  EXPECT_EQ(filtered("body.open | Default: 'd'"), "true");
  EXPECT_EQ(filtered("body.items | Map: 'n' | Join: ','"), "x,y,z");
  EXPECT_EQ(filtered("body.items | Sort: 'p' | Map: 'n' | Join"), "y z x");
  EXPECT_EQ(filtered("body.tags | Sort | First"), "a");
  EXPECT_EQ(filtered("body.tags | Last"), "a");
  EXPECT_EQ(filtered("'a b a' | Split: ' ' | Uniq | Size"), "2");
  EXPECT_EQ(filtered("'2026-01-31T13:05:00' | Date: 'dd.MM.yyyy HH:mm'"), "31.01.2026 13:05");
  EXPECT_EQ(filtered("'soon' | Date: 'yyyy'"), "soon");
  EXPECT_EQ(filtered("1234.5 | Currency"),
            "\xC2\xA4"
            "1,234.50");
}

TEST(LiquidTest, XmlBodies) {
  constexpr std::string_view kXml =
      "<s:E xmlns:s='u'><s:list><i k='1'>a</i><i>b</i></s:list><one><i>c</i></one><plain>x &amp; y</plain></s:E>";
  EXPECT_EQ(rendered("{{body.E.plain}} {{body.e.list.i[0]}} {{body.e.list.i[0].k}} {{body.e.list.i.size}}", {}, kXml),
            "x & y a 1 2");
  EXPECT_EQ(
      rendered("{% for i in body.e.list.i %}{{i}};{% endfor %}{% for o in body.e.one %}{{o.i}}{% endfor %}", {}, kXml),
      "a;b;c");
}

TEST(LiquidTest, MistakesAreToldWithTheirPlace) {
  EXPECT_EQ(rendered("ab{{ x | Nope }}"), "parse 8: there is no filter `Nope`");
  EXPECT_EQ(rendered("{{ x | append: 1 }}"), "parse 13: there is no filter `append`: it is called `Append` here");
  EXPECT_EQ(rendered("{{ x | Append }}"), "parse 14: the filter `Append` takes 1 arguments, not 0");
  EXPECT_EQ(rendered("{% if x %}").substr(0, 9), "parse 10:");
  EXPECT_EQ(rendered("{{ x"), "parse 0: `}}` is missing");
  EXPECT_EQ(rendered("{% nope %}"), "parse 0: there is no tag `nope`, or it does not stand here");
  EXPECT_EQ(rendered("{% endif %}"), "parse 0: there is no tag `endif`, or it does not stand here");
  EXPECT_EQ(rendered("{{ a b }}"), "parse 5: unexpected `b `");
  EXPECT_EQ(rendered("{% for x of y %}{% endfor %}"), "parse 9: `in` is missing");
  EXPECT_EQ(rendered("{% raw %}{{"), "parse 9: {% endraw %} is missing");
}

TEST(LiquidTest, WorkIsBounded) {
  EXPECT_EQ(rendered("{% for a in (1..100000) %}{% for b in (1..100000) %}x{% endfor %}{% endfor %}"),
            "error: the text is larger than this gateway buffers");
  expression::Limits limits;
  limits.steps = 10'000;
  EXPECT_EQ(
      rendered("{% for a in (1..1000) %}{% for b in (1..1000) %}{% endfor %}{% endfor %}", "{}", {}, 1000, limits),
      "error: the template takes more work than it may");
  EXPECT_EQ(rendered("{% for a in (1..99999999) %}{% endfor %}"), "error: a range is too long");
  EXPECT_EQ(rendered("{{ 1 | DividedBy: 0 }}"), "error: Attempted to divide by zero.");
  EXPECT_TRUE(
      rendered("{% assign a = 'xxxxxxxxxxxxxxxx' %}{% for i in (1..40) %}{% assign a = a | Append: a %}{% endfor %}")
          .starts_with("error: "));
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "{% if true %}";
  EXPECT_EQ(rendered(deep).substr(0, 6), "parse ");
  std::string brackets = "{{a";
  for (int i = 0; i < 100'000; ++i) brackets += "[a";
  EXPECT_EQ(rendered(brackets + "}}").substr(0, 6), "parse ");
}

TEST(LiquidTest, TellsWhatItUses) {
  TemplateError error;
  EXPECT_TRUE(Template::parse("{% if context[body.a] %}{% endif %}", error)->uses("body"));
  EXPECT_FALSE(Template::parse("{{ context.body }}", error)->uses("body"));
}

}  // namespace
}  // namespace sluice::policies::liquid
