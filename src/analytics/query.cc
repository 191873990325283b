#include "analytics/query.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <filesystem>
#include <memory>

#include "analytics/explorer.h"
#include "analytics/ingest.h"
#include "analytics/protocol.h"
#include "analytics/query_engine.h"
#include "analytics/query_socket.h"
#include "analytics/result_printer.h"
#include "analytics/stop_signal.h"
#include "journal/journal.h"

namespace sluice::analytics {
namespace {

constexpr int kQueryFailed = 1;
constexpr int kUnreachable = 2;
constexpr size_t kWidthWithoutTerminal = 160;
constexpr auto kRetry = std::chrono::milliseconds(200);
constexpr auto kPatience = std::chrono::seconds(10);

size_t lineWidth(const QueryOptions& options) {
  if (options.width == Width::Wide) return 0;
  winsize size{};
  const bool terminal = ::ioctl(::fileno(options.out), TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return terminal ? size.ws_col : kWidthWithoutTerminal;
}

int complain(const QueryOptions& options, int code, const std::string& message) {
  std::fprintf(options.err, "sluice query: %s\n", message.c_str());
  return code;
}

int finish(const QueryOptions& options, ResultPrinter& printer, const Result<QueryOutcome>& outcome) {
  if (!outcome) return complain(options, kQueryFailed, outcome.error().message);
  printer.finish(*outcome);
  if (outcome->truncated && options.format != Format::Table) {
    return complain(options, 0, fmt::format("only the first {} rows; raise the limit for more", outcome->rows));
  }
  return 0;
}

// What stands in the journal goes to the store first. Error code Locked: a gateway runs, its explorer will answer.
Result<std::unique_ptr<Ingest>> openWithJournal(const ExplorerOptions& explorer) {
  {
    journal::Options options;
    options.directory = explorer.journal_directory;
    options.consumers = {std::string(Store::kConsumer)};
    options.others = journal::OthersKnown::Keep;
    // Opened for what that does: taking over what a dead gateway left in its rings.
    const auto opened = journal::Journal::open(options);
    if (!opened) return tl::make_unexpected(opened.error());
  }
  auto ingest = Ingest::open(explorer);
  if (!ingest) return ingest;
  if (auto drained = (*ingest)->drain(); !drained) return tl::make_unexpected(drained.error());
  return ingest;
}

int queryStore(const QueryOptions& options, const Database& database) {
  const auto printer = makePrinter(options.format, lineWidth(options), options.out);
  QueryLimits limits;
  limits.rows = options.max_rows;
  limits.timeout = options.timeout;
  return finish(options, *printer, runSql(database, options.sql, limits, *printer));
}

// Without a gateway. nullopt: somebody holds journal or store; try again.
std::optional<int> queryAlone(const QueryOptions& options, std::string& why) {
  if (const auto explorer = loadOptions(optionsPath(options.store_path))) {
    const auto ingest = openWithJournal(*explorer);
    if (ingest) return queryStore(options, (*ingest)->store().database());
    why = ingest.error().message;
    return std::nullopt;
  }
  if (!std::filesystem::exists(options.store_path)) {
    return complain(options, kUnreachable,
                    "there is no store at " + options.store_path + " and no gateway that has one");
  }
  DatabaseOptions database;
  database.path = options.store_path;
  database.access = Access::ReadOnly;
  const auto opened = Database::open(database);
  if (opened) return queryStore(options, **opened);
  why = opened.error().message;
  return std::nullopt;
}

}  // namespace

int runQuery(const QueryOptions& options) {
  const StopSignal never;
  const Instant end = SystemClock::instance().now() + kPatience;
  std::string why;
  // An explorer that is just starting, or one that drains, takes a moment.
  do {
    if (const auto socket = connectTo(socketPath(options.store_path))) {
      const auto printer = makePrinter(options.format, lineWidth(options), options.out);
      const Question question{options.sql, options.max_rows, options.timeout};
      return finish(options, *printer, ask(socket->get(), question, *printer));
    }
    if (const auto code = queryAlone(options, why)) return *code;
  } while (SystemClock::instance().now() < end && !never.within(kRetry));
  return complain(options, kUnreachable, why);
}

}  // namespace sluice::analytics
