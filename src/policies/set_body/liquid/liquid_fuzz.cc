// Templates and bodies that nobody has seen: parsing and rendering stay within their bounds. The input is a template, a
// NUL byte, and a body, XML when it begins with '<'.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "policies/set_body/liquid/template.h"
#include "policies/set_body/liquid/xml_body.h"

namespace sluice::policies::liquid {
namespace {

class AnyBody final : public Globals {
 public:
  explicit AnyBody(std::string_view body) : body_(body) {}
  Value find(Values& values, std::string_view name) override {
    if (name != "body") return {};
    std::string error;
    const expression::JToken* tree =
        body_.starts_with('<') ? parseXmlBody(values.eval(), body_, Nil::Null, error)
                               : expression::parseJson(values.eval(), expression::fromUtf8(values.arena(), body_),
                                                       expression::Expect::Any);
    return tree == nullptr ? Value() : values.token(tree);
  }

 private:
  std::string_view body_;
};

}  // namespace
}  // namespace sluice::policies::liquid

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sluice;
  using namespace sluice::policies::liquid;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t split = input.find('\0');
  TemplateError error;
  const auto parsed = Template::parse(input.substr(0, split), error);
  if (parsed == nullptr) return 0;
  Arena arena;
  expression::Limits limits;
  limits.steps = 50'000;
  limits.memory = 16u << 20;
  expression::Eval eval(nullptr, arena, limits);
  AnyBody globals(split == std::string_view::npos ? std::string_view() : input.substr(split + 1));
  const auto result = parsed->render(eval, globals, 1u << 20);
  return result && result->size() > (1u << 20) ? -1 : 0;
}
