#include "analytics/ingest.h"

#include <fmt/format.h>

#include <filesystem>

namespace sluice::analytics {

Result<std::unique_ptr<Ingest>> Ingest::open(const ExplorerOptions& options) {
  auto cursor = journal::Cursor::open(options.journal_directory, Store::kConsumer);
  if (!cursor) return tl::make_unexpected(cursor.error());
  std::error_code ignored;
  std::filesystem::create_directories(std::filesystem::path(options.store_path).parent_path(), ignored);
  StoreOptions store_options;
  store_options.path = options.store_path;
  store_options.memory_limit = options.memory_limit;
  store_options.threads = options.threads;
  store_options.tables = options.tables;
  const auto id = (*cursor)->journal();
  store_options.journal = fmt::format("{:016x}{:016x}", id.high, id.low);
  auto store = Store::open(store_options);
  if (!store) return tl::make_unexpected(store.error());
  // The store knows better than the journal, which may have missed an acknowledgement.
  (*cursor)->seek((*store)->position());
  (*cursor)->acknowledge((*store)->position());
  return std::unique_ptr<Ingest>(new Ingest(std::move(*cursor), std::move(*store)));
}

}  // namespace sluice::analytics
