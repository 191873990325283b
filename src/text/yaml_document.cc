#include "text/yaml_document.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <map>
#include <sstream>
#include <string_view>
#include <unordered_set>

#include "base/encoding.h"
#include "text/json_document.h"

namespace sluice::text {
namespace {

bool isYamlNumber(std::string_view text) {
  size_t i = !text.empty() && (text[0] == '-' || text[0] == '+') ? 1 : 0;
  size_t digits = 0;
  const auto skipDigits = [&] {
    for (; i < text.size() && text[i] >= '0' && text[i] <= '9'; ++i) ++digits;
  };
  skipDigits();
  if (i < text.size() && text[i] == '.') {
    ++i;
    skipDigits();
  }
  if (digits == 0) return false;
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    if (i < text.size() && (text[i] == '-' || text[i] == '+')) ++i;
    digits = 0;
    skipDigits();
    if (digits == 0) return false;
  }
  return i == text.size();
}

// YAML 1.2.2 section 10.3.2.
Node::Kind plainKind(std::string_view text) {
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") return Node::Kind::Null;
  for (const std::string_view word : {"true", "True", "TRUE", "false", "False", "FALSE"})
    if (text == word) return Node::Kind::Bool;
  return isYamlNumber(text) ? Node::Kind::Number : Node::Kind::String;
}

// Memory that a node and all below it take, in the two currencies that are bounded.
struct Cost {
  size_t nodes = 1;
  size_t bytes = 0;
  void add(const Cost& other) {
    nodes += other.nodes;
    bytes += other.bytes;
  }
};

// Builds our tree from yaml-cpp's events rather than from its node graph: aliases are then ours to expand and to bound.
class Builder final : public YAML::EventHandler {
 public:
  explicit Builder(const Bounds& bounds) : bounds_(bounds) {}

  bool failed() const { return !message_.empty(); }
  const std::string& message() const { return message_; }
  Position failedAt() const { return failed_at_; }
  Node takeRoot() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Node node;
    node.position = positionOf(mark);
    finish(std::move(node), anchor, Cost{});
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    Node node;
    node.position = positionOf(mark);
    node.scalar = value;
    const bool is_string = tag == "!" || tag == "tag:yaml.org,2002:str";  // "!": it was quoted
    node.kind = is_string ? Node::Kind::String : plainKind(value);
    finish(std::move(node), anchor, Cost{1, value.size()});
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) return fail("an alias inside the value that it stands for", positionOf(mark));
    if (!spend(found->second.cost, positionOf(mark))) return;
    Node copy = found->second.node;
    copy.position = positionOf(mark);
    attach(std::move(copy), found->second.cost);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(Node::Kind::Sequence, mark, anchor);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(Node::Kind::Mapping, mark, anchor);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Frame {
    Node node;
    YAML::anchor_t anchor = 0;
    Cost cost;
    bool has_key = false;
    Member pending;
    std::unordered_set<std::string> keys;
  };
  struct Anchored {
    Node node;
    Cost cost;
  };

  static Position positionOf(const YAML::Mark& mark) {
    if (mark.is_null()) return {};
    return {static_cast<uint32_t>(mark.line + 1), static_cast<uint32_t>(mark.column + 1)};
  }

  void fail(std::string message, Position at) {
    if (failed()) return;
    message_ = std::move(message);
    failed_at_ = at;
    frames_.clear();
    anchors_.clear();
  }

  bool spend(const Cost& cost, Position at) {
    spent_.add(cost);
    if (spent_.nodes <= bounds_.nodes && spent_.bytes <= 4 * bounds_.bytes) return true;
    fail(fmt::format("more than {} values once aliases are expanded", bounds_.nodes), at);
    return false;
  }

  void open(Node::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (failed()) return;
    if (frames_.size() >= bounds_.depth)
      return fail(fmt::format("nested more than {} levels deep", bounds_.depth), positionOf(mark));
    Frame frame;
    frame.node.kind = kind;
    frame.node.position = positionOf(mark);
    frame.anchor = anchor;
    frames_.push_back(std::move(frame));
  }

  void close() {
    if (failed() || frames_.empty()) return;
    Frame frame = std::move(frames_.back());
    frames_.pop_back();
    // What is inside was paid for when it was added; the mapping or list itself is one node more.
    if (!spend(Cost{}, frame.node.position)) return;
    remember(frame.node, frame.anchor, frame.cost);
    if (!failed()) attach(std::move(frame.node), frame.cost);
  }

  void finish(Node node, YAML::anchor_t anchor, const Cost& cost) {
    if (failed() || !spend(cost, node.position)) return;
    remember(node, anchor, cost);
    if (!failed()) attach(std::move(node), cost);
  }

  void remember(const Node& node, YAML::anchor_t anchor, const Cost& cost) {
    if (anchor != 0 && spend(cost, node.position)) anchors_[anchor] = {node, cost};
  }

  void attach(Node node, const Cost& cost) {
    if (frames_.empty()) {
      root_ = std::move(node);
      return;
    }
    Frame& frame = frames_.back();
    frame.cost.add(cost);
    if (frame.node.kind == Node::Kind::Sequence) {
      frame.node.items.push_back(std::move(node));
    } else if (frame.has_key) {
      frame.pending.value = std::move(node);
      frame.node.members.push_back(std::move(frame.pending));
      frame.pending = Member{};
      frame.has_key = false;
    } else {
      takeKey(frame, node);
    }
  }

  void takeKey(Frame& frame, Node& key) {
    if (!key.isScalar()) return fail("a key has to be a plain word or a string", key.position);
    if (!frame.keys.insert(key.scalar).second)
      return fail(fmt::format("the key `{}` stands here twice", key.scalar), key.position);
    frame.pending.key = std::move(key.scalar);
    frame.pending.position = key.position;
    frame.has_key = true;
  }

  const Bounds bounds_;
  Node root_;
  std::vector<Frame> frames_;
  std::map<YAML::anchor_t, Anchored> anchors_;
  Cost spent_{0, 0};
  std::string message_;
  Position failed_at_;
};

struct Mistake {
  std::string message;
  Position position;
};

// yaml-cpp reports by exception; all of its exceptions end here.
std::optional<Mistake> build(const std::string& text, Builder& builder) {
  try {
    std::istringstream in(text);
    YAML::Parser parser(in);
    if (!parser.HandleNextDocument(builder)) {
      builder.OnMapStart(YAML::Mark{}, {}, 0, YAML::EmitterStyle::Default);  // an empty file
      builder.OnMapEnd();
      return std::nullopt;
    }
    if (builder.failed()) return Mistake{builder.message(), builder.failedAt()};
    Builder rest(Bounds{});
    if (parser.HandleNextDocument(rest)) return Mistake{"more than one YAML document in the file", {}};
    return std::nullopt;
  } catch (const YAML::Exception& exception) {
    if (exception.mark.is_null()) return Mistake{exception.msg, {}};
    return Mistake{exception.msg,
                   {static_cast<uint32_t>(exception.mark.line + 1), static_cast<uint32_t>(exception.mark.column + 1)}};
  } catch (const std::exception& exception) {
    return Mistake{exception.what(), {}};
  }
}

}  // namespace

std::optional<Document> parseYaml(std::string file, std::string text, Diagnostics& diagnostics, const Bounds& bounds) {
  if (text.size() > bounds.bytes) {
    diagnostics.error({file, 0, 0}, fmt::format("{} bytes are too many for a document", text.size()),
                      fmt::format("At most {} bytes are read.", bounds.bytes));
    return std::nullopt;
  }
  if (!isValidUtf8(text)) {
    diagnostics.error({file, 0, 0}, "the file is not UTF-8", "Save it as UTF-8.");
    return std::nullopt;
  }
  Builder builder(bounds);
  const auto mistake = build(text, builder);
  if (!mistake) return Document(std::move(file), std::move(text), builder.takeRoot());
  const Document document(std::move(file), std::move(text), Node{});
  diagnostics.add(document.diagnostic(Severity::Error, mistake->position, mistake->message));
  return std::nullopt;
}

std::optional<Document> parseDocument(std::string file, std::string text, Diagnostics& diagnostics,
                                      const Bounds& bounds) {
  if (file.ends_with(".json")) return parseJson(std::move(file), std::move(text), diagnostics, bounds);
  return parseYaml(std::move(file), std::move(text), diagnostics, bounds);
}

}  // namespace sluice::text
