#include "store/file.hpp"
#include "store/posix_failure.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace apogee::store {

namespace {

/// Linux leaves out, without a word, what is more than a device's read_ahead_kb
/// or max_sectors_kb at a time; this is what they are at least, mostly.
constexpr std::uint64_t prefetch_step_bytes = 128u << 10;

class posix_file final : public file {
public:
  posix_file(std::string path, int descriptor)
    : path_(std::move(path)), descriptor_(descriptor) {}

  ~posix_file() override { ::close(descriptor_); }

  posix_file(const posix_file&) = delete;
  posix_file& operator=(const posix_file&) = delete;

  const std::string& path() const override { return path_; }

  result<void> write(std::uint64_t at,
                     std::span<const std::byte> bytes) override {
    while (!bytes.empty()) {
      const auto count = ::pwrite(descriptor_, bytes.data(), bytes.size(),
                                  static_cast<off_t>(at));
      if (count < 0 && errno == EINTR)
        continue;
      if (count <= 0)
        return posix_failure("write to", path_, count < 0 ? errno : EIO);
      bytes = bytes.subspan(static_cast<std::size_t>(count));
      at += static_cast<std::uint64_t>(count);
    }
    return {};
  }

  result<std::size_t> read(std::uint64_t at,
                           std::span<std::byte> out) const override {
    std::size_t done = 0;
    while (done < out.size()) {
      const auto count =
        ::pread(descriptor_, out.data() + done, out.size() - done,
                static_cast<off_t>(at + done));
      if (count < 0 && errno == EINTR)
        continue;
      if (count < 0)
        return posix_failure("read", path_, errno);
      if (count == 0)
        break;
      done += static_cast<std::size_t>(count);
    }
    return done;
  }

  bool read_cached(std::uint64_t at, std::span<std::byte> out) const override {
    const iovec part{out.data(), out.size()};
    const auto count =
      ::preadv2(descriptor_, &part, 1, static_cast<off_t>(at), RWF_NOWAIT);
    return count == static_cast<ssize_t>(out.size());
  }

  void prefetch(std::uint64_t at, std::uint64_t size) const override {
    for (const auto end = at + size; at < end; at += prefetch_step_bytes)
      ::posix_fadvise(
        descriptor_, static_cast<off_t>(at),
        static_cast<off_t>(std::min(end - at, prefetch_step_bytes)),
        POSIX_FADV_WILLNEED);
  }

  result<void> flush() override {
    // Not repeated on EINTR: whether a second call still reports what the first
    // one met is not known.
    if (::fdatasync(descriptor_) != 0)
      return posix_failure("flush", path_, errno);
    return {};
  }

  result<void> truncate(std::uint64_t size) override {
    if (::ftruncate(descriptor_, static_cast<off_t>(size)) != 0)
      return posix_failure("truncate", path_, errno);
    return {};
  }

  result<void> allocate(std::uint64_t size) override {
    int error = EINTR;
    while (error == EINTR)
      error = ::posix_fallocate(descriptor_, 0, static_cast<off_t>(size));
    if (error != 0)
      return posix_failure("allocate " + std::to_string(size) + " bytes for",
                           path_, error);
    return {};
  }

  result<std::uint64_t> size() const override {
    struct stat status {};

    if (::fstat(descriptor_, &status) != 0)
      return posix_failure("look at", path_, errno);
    return static_cast<std::uint64_t>(status.st_size);
  }

  result<std::int64_t> modified_ms() const override {
    struct stat status {};

    if (::fstat(descriptor_, &status) != 0)
      return posix_failure("look at", path_, errno);
    return std::int64_t{status.st_mtim.tv_sec} * 1000
           + status.st_mtim.tv_nsec / 1'000'000;
  }

  result<std::optional<std::uint64_t>>
  next_data(std::uint64_t at) const override {
    // A page that was read ahead counts as data: whoever reads what is found
    // here would otherwise find data without end in a preallocated file.
    ::posix_fadvise(descriptor_, 0, 0, POSIX_FADV_RANDOM);
    const auto found = ::lseek(descriptor_, static_cast<off_t>(at), SEEK_DATA);
    if (found >= 0)
      return std::optional{static_cast<std::uint64_t>(found)};
    if (errno == ENXIO) // no data behind `at`
      return std::optional<std::uint64_t>{};
    if (errno == EINVAL || errno == EOPNOTSUPP) // the file system cannot tell
      return std::optional{at};
    return posix_failure("look into", path_, errno);
  }

private:
  std::string path_;
  int descriptor_;
};

class posix_directory final : public directory {
public:
  posix_directory(std::string path, int descriptor)
    : path_(std::move(path)), descriptor_(descriptor) {}

  ~posix_directory() override { ::close(descriptor_); }

  posix_directory(const posix_directory&) = delete;
  posix_directory& operator=(const posix_directory&) = delete;

  const std::string& path() const override { return path_; }

  result<std::shared_ptr<file>> open(const std::string& name) override {
    return open_with("open", name, O_RDWR | O_CLOEXEC);
  }

  result<std::shared_ptr<file>> create(const std::string& name) override {
    return open_with("create", name, O_RDWR | O_CLOEXEC | O_CREAT | O_TRUNC);
  }

  result<void> remove(const std::string& name) override {
    if (::unlinkat(descriptor_, name.c_str(), 0) != 0)
      return posix_failure("remove", full(name), errno);
    return {};
  }

  result<void> rename(const std::string& from, const std::string& to) override {
    if (::renameat(descriptor_, from.c_str(), descriptor_, to.c_str()) != 0)
      return posix_failure("rename to " + to, full(from), errno);
    return {};
  }

  result<std::vector<std::string>> list() const override {
    std::vector<std::string> names;
    std::error_code error;
    std::filesystem::directory_iterator at{path_, error};
    for (; !error && at != std::filesystem::directory_iterator{};
         at.increment(error))
      names.push_back(at->path().filename().string());
    if (error)
      return posix_failure("list", path_, error.value());
    return names;
  }

  result<void> sync() override {
    if (::fsync(descriptor_) != 0)
      return posix_failure("flush", path_, errno);
    return {};
  }

  result<std::uint64_t> free_bytes() const override {
    struct statvfs status {};

    if (::fstatvfs(descriptor_, &status) != 0)
      return posix_failure("look at", path_, errno);
    return std::uint64_t{status.f_bavail} * status.f_frsize;
  }

private:
  std::string full(const std::string& name) const { return path_ + "/" + name; }

  result<std::shared_ptr<file>> open_with(const std::string& action,
                                          const std::string& name, int flags) {
    const auto descriptor = ::openat(descriptor_, name.c_str(), flags, 0640);
    if (descriptor < 0)
      return posix_failure(action, full(name), errno);
    return std::shared_ptr<file>{
      std::make_shared<posix_file>(full(name), descriptor)};
  }

  std::string path_;
  int descriptor_;
};

} // namespace

result<std::shared_ptr<directory>> open_directory(const std::string& path) {
  const auto descriptor =
    ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0)
    return posix_failure("open", path, errno);
  return std::shared_ptr<directory>{
    std::make_shared<posix_directory>(path, descriptor)};
}

} // namespace apogee::store
