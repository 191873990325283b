#include "policies/emit_metric/emit_metric.h"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "base/encoding.h"
#include "policy/element_reader.h"
#include "policy/metrics.h"
#include "policy/services.h"

namespace sluice::policies {
namespace {

using namespace policy;

constexpr size_t kMaxDimensions = 10;  // reference 2.10

// The dimensions that need no value (reference 2.10).
enum class Usual : uint8_t { Api, Operation, Product, User, Subscription, Location, Gateway };
constexpr std::string_view kUsual[] = {"API ID",          "Operation ID", "Product ID", "User ID",
                                       "Subscription ID", "Location",     "Gateway ID"};

std::optional<Usual> usualOf(std::string_view name) {
  for (size_t i = 0; i < std::size(kUsual); ++i)
    if (equalsIgnoreCase(kUsual[i], name)) return static_cast<Usual>(i);
  return std::nullopt;
}

// An absent fact is the empty text.
std::string_view valueOf(const Exchange& exchange, Usual dimension) {
  switch (dimension) {
    case Usual::Api:
      return exchange.api == nullptr ? std::string_view() : exchange.api->name;
    case Usual::Operation:
      return exchange.operation == nullptr ? std::string_view() : exchange.operation->id;
    case Usual::Product:
      return exchange.product == nullptr ? std::string_view() : exchange.product->name;
    case Usual::User:
      return exchange.subscription == nullptr ? std::string_view() : exchange.subscription->owner;
    case Usual::Subscription:
      return exchange.subscription == nullptr ? std::string_view() : exchange.subscription->name;
    case Usual::Location:  // what context.Deployment says of these two
      return "local";
    case Usual::Gateway:
      return "managed";
  }
  return {};
}

class EmitMetric final : public Step {
 public:
  explicit EmitMetric(const ElementReader& reader)
      : name_(reader.literal("name")), space_(reader.literal("namespace")), value_(reader.value("value")) {
    for (const auto* child : reader.children("dimension"))
      dimensions_.push_back({child->text("name"), child->text("value")});
  }

  Verdict run(Exchange& exchange) const override {
    const auto given = value_.evaluate(exchange);
    if (!given) return Verdict::Fail;
    const auto value = expression::toNumber(*given);
    if (!value) {
      expression::Exception exception;
      exception.type = "System.FormatException";
      exception.message = "The metric's value is not a number.";
      return exchange.failExpression(exception);
    }
    MetricDimension dimensions[kMaxDimensions];
    size_t count = 0;
    for (const auto& dimension : dimensions_) {
      const auto name = dimension.name.evaluate(exchange);
      if (!name) return Verdict::Fail;
      dimensions[count].name = *name;
      if (dimension.value.absent()) {
        const auto usual = usualOf(*name);
        if (!usual) exchange.trace("emit-metric", fmt::format("The dimension '{}' has no value.", *name));
        dimensions[count++].value = usual ? valueOf(exchange, *usual) : std::string_view();
        continue;
      }
      const auto text = dimension.value.evaluate(exchange);
      if (!text) return Verdict::Fail;
      dimensions[count++].value = *text;
    }
    if (!exchange.services().metrics().add(space_, name_, {dimensions, count}, *value))
      exchange.trace("emit-metric", "Dropped: there are too many combinations of dimensions, or it is not finite.");
    return Verdict::Next;
  }

 private:
  struct Dimension {
    TextOperand name, value;
  };

  std::string name_, space_;
  ValueOperand value_;
  std::vector<Dimension> dimensions_;
};

std::shared_ptr<const Step> make(ElementReader& reader) {
  const auto dimensions = reader.children("dimension");
  if (dimensions.size() > kMaxDimensions)
    reader.error(fmt::format("a metric has at most {} dimensions, this has {}", kMaxDimensions, dimensions.size()),
                 "Remove some.");
  for (const auto* dimension : dimensions) {
    const TextOperand name = dimension->text("name");
    if (name.isExpression() || dimension->has("value")) continue;
    if (!usualOf(name.literal()))
      reader.errorIn(dimension->element(), fmt::format("the dimension `{}` needs a value", name.literal()),
                     fmt::format("Without one there are: {}.", fmt::join(kUsual, ", ")));
  }
  const ValueOperand value = reader.value("value");
  if (reader.has("value") && !value.isExpression()) {
    const std::string literal = reader.literal("value");
    if (!expression::toNumber(expression::Value::ascii(literal)))
      reader.errorAt("value", "this is not a number", "Write it as in 1.5.");
  }
  return std::make_shared<EmitMetric>(reader);
}

constexpr AttributeSpec kAttributes[] = {
    {.name = "name", .need = Need::Required, .form = Form::Literal, .sentence = "The metric's name."},
    {.name = "namespace",
     .form = Form::Literal,
     .sentence = "What metrics are grouped by.",
     .fallback = "API Management"},
    {.name = "value", .sentence = "What is added to the metric, a number.", .fallback = "1"},
};
constexpr AttributeSpec kDimensionAttributes[] = {
    {.name = "name", .need = Need::Required, .sentence = "The dimension's name."},
    {.name = "value", .sentence = "Its value; the usual dimensions (API ID and the like) need none."},
};
constexpr ElementSpec kChildren[] = {
    {.name = "dimension",
     .sentence = "What the metric is told apart by.",
     .attributes = kDimensionAttributes,
     .least = 1},
};
constexpr Descriptor kDescriptor{
    .element = {.name = "emit-metric",
                .sentence = "Adds a value to a custom metric, told apart by dimensions.",
                .attributes = kAttributes,
                .children = kChildren},
    .status = "Metrics are shown at /metrics of the management listener, whatever diagnostics say; none are sent away.",
    .posture =
        "Dimensions made from what callers send make series; their number is bounded, and what is too many is "
        "counted and dropped.",
    .make = &make,
};

}  // namespace

const policy::Descriptor& emitMetricDescriptor() {
  return kDescriptor;
}

}  // namespace sluice::policies
