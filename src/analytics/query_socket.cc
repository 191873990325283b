#include "analytics/query_socket.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace sluice::analytics {
namespace {

using journal::Fd;
using journal::systemError;

constexpr int kBacklog = 64;

struct Place {
  Fd directory;
  sockaddr_un address{};
};

Result<Place> placeOf(const std::string& path) {
  const std::filesystem::path full(path);
  const std::string parent = full.has_parent_path() ? full.parent_path().string() : ".";
  auto directory = journal::openFile(parent, O_PATH | O_DIRECTORY);
  if (!directory) return tl::make_unexpected(directory.error());
  Place place;
  place.directory = std::move(*directory);
  const auto through = fmt::format("/proc/self/fd/{}/{}", place.directory.get(), full.filename().string());
  if (through.size() >= sizeof place.address.sun_path) return fail("the file name is too long for a socket: " + path);
  place.address.sun_family = AF_UNIX;
  std::memcpy(place.address.sun_path, through.data(), through.size());
  return place;
}

const sockaddr* generic(const sockaddr_un& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

}  // namespace

Result<Fd> listenAt(const std::string& path) {
  auto place = placeOf(path);
  if (!place) return tl::make_unexpected(place.error());
  Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ::unlink(path.c_str());
  // The mode of the descriptor becomes that of the file, so nobody else can connect even for a moment.
  if (!socket || ::fchmod(socket.get(), 0600) != 0 ||
      ::bind(socket.get(), generic(place->address), sizeof place->address) != 0 ||
      ::listen(socket.get(), kBacklog) != 0) {
    return tl::make_unexpected(systemError("cannot listen at", path, 0));
  }
  return socket;
}

Result<Fd> connectTo(const std::string& path) {
  auto place = placeOf(path);
  if (!place) return tl::make_unexpected(place.error());
  Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket || ::connect(socket.get(), generic(place->address), sizeof place->address) != 0) {
    return tl::make_unexpected(systemError("cannot reach", path, 0));
  }
  return socket;
}

bool isOwner(const Fd& socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  return ::getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
         (peer.uid == ::geteuid() || peer.uid == 0);
}

}  // namespace sluice::analytics
