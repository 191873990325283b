#include "gateway/router.h"

#include <algorithm>

#include "base/encoding.h"
#include "policy/query.h"

namespace sluice::gateway {
namespace {

std::string normalised(std::string_view path) {
  std::string out;
  if (!path.empty()) out += '/';
  for (const char c : path) out += c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  return out;
}

// What follows `place` in `path` when place is a prefix that ends at a segment's end or at ";rev=".
bool below(std::string_view path, std::string_view place, std::string_view& rest) {
  if (path.size() < place.size() || !equalsIgnoreCase(path.substr(0, place.size()), place)) return false;
  rest = path.substr(place.size());
  return rest.empty() || rest.front() == '/' || rest.front() == ';';
}

// Takes ";rev=N" off the front of `rest` (reference 4.1).
std::string_view takeRevision(std::string_view& rest) {
  constexpr std::string_view kMark = ";rev=";
  if (rest.size() < kMark.size() || !equalsIgnoreCase(rest.substr(0, kMark.size()), kMark)) return {};
  const size_t end = std::min(rest.find('/'), rest.size());
  const auto revision = rest.substr(kMark.size(), end - kMark.size());
  rest.remove_prefix(end);
  return revision;
}

// Takes "/" and the version off the front of `rest`, without case, where a segment or a revision's mark ends it.
bool takeSegment(std::string_view& rest, std::string_view version) {
  if (rest.size() <= version.size() || rest.front() != '/') return false;
  if (!equalsIgnoreCase(rest.substr(1, version.size()), version)) return false;
  const auto after = rest.substr(1 + version.size());
  if (!after.empty() && after.front() != '/' && after.front() != ';') return false;
  rest = after;
  return true;
}

}  // namespace

Router::Router(const config::Configuration& configuration) {
  for (const auto& api : configuration.apis) {
    if (!api.is_online) continue;
    Member member;
    member.api = &api;
    if (!api.version_set.empty()) member.versions = configuration.findVersionSet(api.version_set);
    for (const auto& operation : api.operations) {
      member.operations.add(operation, operation_count_++);
      owners_.push_back({&api, &operation});
    }
    placeOf(api.path).members.push_back(std::move(member));
  }
  for (const auto& left_out : configuration.left_out) {
    Member member;
    member.left_out = &left_out;
    placeOf(left_out.path).members.push_back(std::move(member));
  }
  std::ranges::stable_sort(places_, std::greater<>(), [](const Place& place) { return place.path.size(); });
}

Router::Place& Router::placeOf(std::string_view path) {
  const auto key = normalised(path);
  for (auto& place : places_)
    if (place.path == key) return place;
  return places_.emplace_back(Place{key, {}});
}

const Router::Member* Router::choose(const Place& place, std::string_view revision, std::string_view& remainder,
                                     std::string_view query, const http::Headers& headers) const {
  const Member* unversioned = nullptr;
  const Member* left_out = nullptr;
  for (const auto& member : place.members) {
    if (member.left_out != nullptr) {
      left_out = &member;
      continue;
    }
    const bool versioned = member.versions != nullptr && !member.api->version.empty();
    std::string_view rest = remainder;
    std::string_view asked = revision;
    if (versioned && member.versions->scheme == config::VersioningScheme::Segment) {
      if (!takeSegment(rest, member.api->version)) continue;
      if (asked.empty()) asked = takeRevision(rest);  // `/path/v1;rev=2/...` too
      if (!rest.empty() && rest.front() != '/') continue;
    }
    if (asked.empty() ? !member.api->is_current : member.api->revision != asked) continue;
    if (!versioned) {
      if (unversioned == nullptr) unversioned = &member;
      continue;
    }
    const auto& wanted = member.api->version;
    switch (member.versions->scheme) {
      case config::VersioningScheme::Segment:
        remainder = rest;
        return &member;
      case config::VersioningScheme::Query: {
        bool found = false;
        eachQueryParameter(query, [&](std::string_view name, std::string_view value) {
          found = equalsIgnoreCase(name, member.versions->query_name) && policy::decodesTo(value, wanted);
          return !found;
        });
        if (found) return &member;
        continue;
      }
      case config::VersioningScheme::Header:
        if (const auto value = headers.find(member.versions->header_name); value && *value == wanted) return &member;
        continue;
    }
  }
  // A query or header that names no version of the set is somebody else's (Azure OpenAI has an `api-version` of its
  // own) and leads to the un-versioned member. Without one nothing says which version is meant: not found, as without
  // any.
  return unversioned != nullptr ? unversioned : left_out;
}

RouteMatch Router::match(std::string_view method, std::string_view path, std::string_view query,
                         const http::Headers& headers, Arena& arena,
                         std::pmr::vector<policy::NameValue>& matched) const {
  RouteMatch result;
  for (const auto& place : places_) {
    std::string_view rest;
    if (!below(path, place.path, rest)) continue;
    const auto revision = takeRevision(rest);
    if (!rest.empty() && rest.front() != '/') continue;
    const Member* member = choose(place, revision, rest, query, headers);
    if (member == nullptr) continue;
    if (member->left_out != nullptr) {
      result.outcome = RouteOutcome::LeftOut;
      result.left_out = member->left_out;
      return result;
    }
    result.api = member->api;
    result.remainder = rest.empty() ? std::string_view("/") : rest;
    if (const auto* leaf = member->operations.match(method, result.remainder, query, arena, matched)) {
      result.outcome = RouteOutcome::Matched;
      result.operation = leaf->operation;
      result.index = leaf->index;
    }
    // The longest path decides: a shorter one is not tried when its operations do not match (reference 4.2).
    return result;
  }
  return result;
}

}  // namespace sluice::gateway
