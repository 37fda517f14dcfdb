#pragma once

#include <cerrno>
#include <fcntl.h>
#include <string>
#include <sys/uio.h>
#include <unistd.h>

namespace apogee {

/// Whether the file system can read without waiting for the disk; where it can
/// not, everything is read by waiting. `path`: of a file.
inline bool can_read_cached(const std::string& path) {
  const auto descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  char byte = 0;
  const iovec part{&byte, 1};
  const auto count = ::preadv2(descriptor, &part, 1, 0, RWF_NOWAIT);
  const auto cannot = count < 0 && errno == EOPNOTSUPP;
  ::close(descriptor);
  return !cannot;
}

} // namespace apogee
