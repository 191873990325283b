// Router: which API and operation a request is for (reference 1.3 step 2, 4.1, 4.2). Longest API path wins, compared
// without case; then version and revision; then the operation's template. Built with the snapshot, immutable, shared.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "config/model.h"
#include "gateway/path_template.h"
#include "http/message.h"

namespace sluice::gateway {

enum class RouteOutcome : uint8_t {
  Matched,
  NotFound,  // no API or no operation: configuration/OperationNotFound
  LeftOut,   // an API of a kind that this gateway does not run: 501
};

struct RouteMatch {
  RouteOutcome outcome = RouteOutcome::NotFound;
  const config::Api* api = nullptr;  // also for NotFound when the API matched but no operation did
  const config::Operation* operation = nullptr;
  const config::LeftOutApi* left_out = nullptr;
  size_t index = 0;            // of the operation among all, in the order of add(): what the snapshot keys pipelines by
  std::string_view remainder;  // the path below the API's own, with a leading slash
};

class Router {
 public:
  explicit Router(const config::Configuration& configuration);

  // Total number of operations; RouteMatch::index is below it.
  size_t operations() const { return operation_count_; }
  const config::Api& apiOf(size_t index) const { return *owners_[index].api; }
  const config::Operation& operationOf(size_t index) const { return *owners_[index].operation; }

  RouteMatch match(std::string_view method, std::string_view path, std::string_view query, const http::Headers& headers,
                   Arena& arena, std::pmr::vector<policy::NameValue>& matched) const;

 private:
  struct Owner {
    const config::Api* api;
    const config::Operation* operation;
  };
  // One API revision and version below a path.
  struct Member {
    const config::Api* api = nullptr;
    const config::LeftOutApi* left_out = nullptr;
    const config::VersionSet* versions = nullptr;
    PathTemplateTree operations;
  };
  struct Place {
    std::string path;  // lower case, with a leading slash; "" for the root
    std::vector<Member> members;
  };

  Place& placeOf(std::string_view path);
  const Member* choose(const Place& place, std::string_view revision, std::string_view& remainder,
                       std::string_view query, const http::Headers& headers) const;

  std::vector<Place> places_;  // longest path first
  std::vector<Owner> owners_;
  size_t operation_count_ = 0;
};

}  // namespace sluice::gateway
