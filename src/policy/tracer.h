// Tracer: the policy trace of one exchange: every policy that ran, its time, what it changed, the values of its
// expressions, with secrets masked. What it finds goes to Exchange::traces. It compares the exchange with how it was
// after the policy before, so policies need not know of it; of policies that run beside one another each gets what
// changed when it was done. Bounded; made for a traced exchange only, and outlives its last section. One thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/exchange.h"
#include "policy/trace_mask.h"

namespace sluice::policy {

class Tracer {
 public:
  static constexpr size_t kMaxEntries = 1000;
  static constexpr size_t kMaxBytes = 512u * 1024;  // of all texts
  static constexpr size_t kMaxText = 1024;          // of one

  // From how `exchange` is now: its API and subscription are known, nothing has run.
  explicit Tracer(Exchange& exchange);

  Instant now() const;
  // For the driver: `instruction` ran from `began` until now.
  void ran(const Instruction& instruction, Instant began, Verdict verdict);
  // For the exchange: a value of the running instruction's, and what a policy says itself.
  void evaluated(const expression::Expression& expression, const expression::Outcome& outcome);
  void said(std::string_view source, std::string_view message);
  // For who shows the trace: what became known to be secret later is to be taken out too.
  const TraceMask& mask() const { return mask_; }

 private:
  struct Field {
    std::string name, value;
    bool operator==(const Field&) const = default;
  };
  struct Message {
    std::vector<Field> headers;
    MessageBody::Kind kind = MessageBody::Kind::Empty;
    std::string_view body;
  };
  struct Variable {
    std::string_view name;
    expression::Value value;
  };
  // How the exchange was last seen.
  struct Seen {
    std::string request_line, backend, status;
    Message request, response;
    std::vector<Field> answer;
    std::vector<Variable> variables;
  };
  struct Pending {
    const Instruction* instruction;
    TraceDetail detail;
  };

  Seen look();
  std::vector<Field> look(const http::Headers& headers);
  void compare(const Seen& before, const Seen& after);
  void compareFields(std::string_view what, const std::vector<Field>& before, const std::vector<Field>& after);
  void compareBodies(std::string_view what, const Message& before, const Message& after);
  void compareVariables(const Seen& before, const Seen& after);
  void change(std::string_view name, std::string_view before, std::string_view after);
  std::string shown(const Message& message) const;
  std::string shown(const expression::Value& value) const;
  std::string_view keep(std::string_view text);
  void add(TraceEntry entry);

  Exchange& exchange_;
  TraceMask mask_;
  Seen seen_;
  std::vector<TraceDetail> details_;  // of the entry being made
  std::vector<Pending> pending_;      // values of instructions that are not done
  size_t bytes_ = 0;
  bool full_ = false;
};

}  // namespace sluice::policy
