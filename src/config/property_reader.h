// PropertyReader: typed reading of one JSON object as ARM writes resources. Every key that is asked for counts as
// known; finish() warns about the others, so that nothing in a resource is passed over in silence. Strings may hold
// named values when the reader was given them. Lives shorter than its document.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/diagnostic.h"
#include "base/secret.h"
#include "config/named_values.h"
#include "text/node.h"

namespace sluice::config {

// The last segment of a reference: `/products/p` and a full ARM id alike.
std::string referenceName(std::string_view reference);

class PropertyReader {
 public:
  // `what` names the object in messages. `values`: replace {{...}} in strings; null: leave them as they stand.
  PropertyReader(const text::Document& document, const text::Node& object, std::string what, Diagnostics& diagnostics,
                 const std::vector<NamedValue>* values = nullptr);

  // Named values that are missing become warnings from here on, also in nested objects, and the string empty.
  void tolerateMissingValues() { missing_value_ = Severity::Warning; }

  // They are no mistake, and the string empty: something else is used instead.
  void ignoreMissingValues() { missing_value_ = std::nullopt; }

  // Absent and null keys give the default. A wrong type is an error and gives the default too.
  std::string text(std::string_view key, std::string_view otherwise = {});
  std::string requiredText(std::string_view key);
  Secret secret(std::string_view key);
  bool boolean(std::string_view key, bool otherwise);
  std::optional<int> integer(std::string_view key, int min, int max);
  std::optional<double> number(std::string_view key, double min, double max);
  std::vector<std::string> texts(std::string_view key);
  std::optional<Duration> isoDuration(std::string_view key);
  std::string reference(std::string_view key) { return referenceName(text(key)); }
  // The index of the value among `names` (compared without case).
  std::optional<size_t> choice(std::string_view key, std::initializer_list<std::string_view> names);
  // A nested object; nullopt when absent.
  std::optional<PropertyReader> object(std::string_view key);
  // Nested objects of a list.
  std::vector<PropertyReader> objects(std::string_view key);
  // The mapping {name: [values]} of credentials.
  std::vector<std::pair<std::string, std::vector<Secret>>> secretLists(std::string_view key);

  // Keys that are known and have no effect on how requests are served.
  void inert(std::initializer_list<std::string_view> keys);
  // A known key whose effect is not there: an error when it is present and not null.
  void refuse(std::string_view key, std::string_view why);
  bool has(std::string_view key) const;
  void finish();

  Location location() const { return document_->at(object_->position); }
  void error(std::string_view key, std::string message, std::string remedy = {});
  const text::Node& node() const { return *object_; }

 private:
  const text::Node* take(std::string_view key);
  // The scalar under a key with named values filled in.
  std::string expanded(const text::Node& node);
  void expected(const text::Node& node, std::string_view key, std::string_view what);

  const text::Document* document_;
  const text::Node* object_;
  std::string what_;
  Diagnostics* diagnostics_;
  const std::vector<NamedValue>* values_;
  std::vector<std::string_view> known_;
  std::optional<Severity> missing_value_ = Severity::Error;  // nullopt: nothing is said
};

}  // namespace sluice::config
