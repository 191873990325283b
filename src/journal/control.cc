#include "journal/control.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "journal/journal.h"

namespace sluice::journal {
namespace {

constexpr int kIo = static_cast<int>(ErrorCode::Io);
constexpr int kForeign = static_cast<int>(ErrorCode::Foreign);

bool isFree(const ConsumerSlot& slot) {
  return slot.name[0] == '\0';
}

std::string_view nameOf(const ConsumerSlot& slot) {
  return {slot.name, ::strnlen(slot.name, kConsumerName)};
}

}  // namespace

Control::Control(Control&& other) noexcept
    : file_(std::move(other.file_)), header_(std::exchange(other.header_, nullptr)) {}

Control& Control::operator=(Control&& other) noexcept {
  std::swap(file_, other.file_);
  std::swap(header_, other.header_);
  return *this;
}

Control::~Control() {
  if (header_ != nullptr) ::munmap(header_, kControlSize);
}

Result<Control> Control::map(Fd file, const std::string& path) {
  void* mapping = ::mmap(nullptr, kControlSize, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
  if (mapping == MAP_FAILED) return tl::make_unexpected(systemError("cannot map", path, kIo));
  return Control(std::move(file), static_cast<ControlHeader*>(mapping));
}

Result<Control> Control::open(const std::string& directory) {
  const std::string path = directory + "/control";
  auto file = openFile(path, O_RDWR);
  if (!file) return tl::make_unexpected(file.error());
  const auto size = fileSize(*file);
  if (!size) return tl::make_unexpected(size.error());
  if (*size != kControlSize) return fail(path + " is damaged", kForeign);
  auto control = map(std::move(*file), path);
  if (!control) return control;
  const ControlHeader& header = control->header();
  if (header.magic != kControlMagic) return fail(path + " is damaged", kForeign);
  if (header.version != kFormatVersion) {
    return fail(path + " is of a version that this program does not know", static_cast<int>(ErrorCode::Version));
  }
  return control;
}

Result<Control> Control::openOrMake(const std::string& directory, JournalId& journal) {
  if (auto control = open(directory)) {
    journal = control->header().journal;
    return control;
  } else if (control.error().code == static_cast<int>(ErrorCode::Version)) {
    return control;
  }
  // Made aside and renamed, so that a reader never maps half of one.
  const std::string path = directory + "/control";
  const std::string aside = path + ".new";
  ::unlink(aside.c_str());
  auto file = openFile(aside, O_RDWR | O_CREAT | O_EXCL);
  if (!file) return tl::make_unexpected(file.error());
  const int refused = ::posix_fallocate(file->get(), 0, kControlSize);
  if (refused != 0) {
    errno = refused;
    return tl::make_unexpected(systemError("cannot allocate", aside, static_cast<int>(ErrorCode::Full)));
  }
  auto control = map(std::move(*file), aside);
  if (!control) return control;
  ControlHeader& header = control->header();
  header.magic = kControlMagic;
  header.version = kFormatVersion;
  header.journal = journal;
  if (auto synced = control->sync(); !synced) return tl::make_unexpected(synced.error());
  if (::rename(aside.c_str(), path.c_str()) != 0) return tl::make_unexpected(systemError("cannot make", path, kIo));
  return control;
}

ConsumerSlot* Control::find(std::string_view consumer) const {
  for (auto& slot : header_->consumers) {
    if (!isFree(slot) && nameOf(slot) == consumer) return &slot;
  }
  return nullptr;
}

Status Control::setConsumers(const std::vector<std::string>& names, OthersKnown others) {
  if (names.size() > kConsumers) return fail(fmt::format("a journal has at most {} consumers", kConsumers));
  for (auto& slot : header_->consumers) {
    const bool known = std::ranges::find(names, nameOf(slot)) != names.end();
    if (!isFree(slot) && !known && others == OthersKnown::Forget) {
      std::memset(slot.name, 0, sizeof slot.name);
      slot.acked.store(0);
    }
  }
  for (const auto& name : names) {
    if (name.empty() || name.size() >= kConsumerName) return fail("a consumer's name has 1 to 47 bytes: " + name);
    if (find(name) != nullptr) continue;
    auto* slot = std::ranges::find_if(header_->consumers, isFree);
    if (slot == std::end(header_->consumers)) return fail("the journal has no place for consumer " + name);
    slot->acked.store(0);
    std::memcpy(slot->name, name.data(), name.size());
  }
  return {};
}

uint64_t Control::lowestAcked() const {
  uint64_t lowest = UINT64_MAX;
  for (const auto& slot : header_->consumers) {
    if (!isFree(slot)) lowest = std::min(lowest, slot.acked.load(std::memory_order_relaxed));
  }
  return lowest;
}

uint64_t Control::highestAcked() const {
  uint64_t highest = 0;
  for (const auto& slot : header_->consumers) {
    if (!isFree(slot)) highest = std::max(highest, slot.acked.load(std::memory_order_relaxed));
  }
  return highest;
}

Status Control::sync() const {
  if (::msync(header_, kControlSize, MS_SYNC) == 0 && ::fdatasync(file_.get()) == 0) return {};
  return tl::make_unexpected(systemError("cannot sync", "the journal's control file", kIo));
}

}  // namespace sluice::journal
