#include "store/data_folder.hpp"

#include "store/posix_failure.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <string_view>
#include <sys/file.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace apogee::store {

namespace {

constexpr std::string_view format_text = "apogee data 1\n";

/// Closes a descriptor unless it was handed on.
class descriptor_guard {
public:
  explicit descriptor_guard(int descriptor) : descriptor_(descriptor) {}

  ~descriptor_guard() {
    if (descriptor_ >= 0)
      ::close(descriptor_);
  }

  descriptor_guard(const descriptor_guard&) = delete;
  descriptor_guard& operator=(const descriptor_guard&) = delete;

  int get() const { return descriptor_; }

  int release() { return std::exchange(descriptor_, -1); }

private:
  int descriptor_;
};

result<void> create_folder(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error)
    return posix_failure("create folder", path, error.value());
  return {};
}

failure in_use(const std::string& path, int lock) {
  std::array<char, 32> text{};
  const auto count = ::pread(lock, text.data(), text.size() - 1, 0);
  std::string holder{text.data(),
                     count > 0 ? static_cast<std::size_t>(count) : 0};
  while (!holder.empty() && holder.back() == '\n')
    holder.pop_back();
  return {errc::in_use, "the data folder " + path + " is in use by process "
                          + (holder.empty() ? "(unknown)" : holder)
                          + "; stop that one, or name another folder with "
                            "storage.data"};
}

/// Takes the lock; returns its descriptor, which holds it.
result<int> take_lock(const std::string& path) {
  const auto name = path + "/lock";
  descriptor_guard lock{
    ::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640)};
  if (lock.get() < 0)
    return posix_failure("open", name, errno);
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK)
      return in_use(path, lock.get());
    return posix_failure("lock", name, errno);
  }
  // The process id serves the message above only; the lock is the kernel's.
  const auto text = std::to_string(::getpid()) + "\n";
  if (::ftruncate(lock.get(), 0) != 0
      || ::pwrite(lock.get(), text.data(), text.size(), 0)
           != static_cast<ssize_t>(text.size()))
    return posix_failure("write to", name, errno);
  return lock.release();
}

result<void> write_format(directory& folder) {
  auto created = folder.create("format.new");
  if (!created)
    return created.error();
  const auto bytes =
    std::as_bytes(std::span{format_text.data(), format_text.size()});
  if (auto done = (*created)->write(0, bytes); !done)
    return done;
  if (auto done = (*created)->flush(); !done)
    return done;
  if (auto done = folder.rename("format.new", "format"); !done)
    return done;
  return folder.sync();
}

result<void> check_format(directory& folder) {
  auto opened = folder.open("format");
  if (!opened)
    return opened.error().code == errc::not_found
             ? write_format(folder)
             : result<void>{opened.error()};
  std::array<char, 64> text{};
  auto count = (*opened)->read(0, std::as_writable_bytes(std::span{text}));
  if (!count)
    return count.error();
  std::string_view found{text.data(), *count};
  if (found == format_text)
    return {};
  found = found.substr(0, found.find('\n'));
  return {errc::version_mismatch,
          (*opened)->path() + " says '" + std::string{found}
            + "', this program knows 'apogee data 1'; use the program that "
              "wrote the folder, or another folder"};
}

} // namespace

result<std::unique_ptr<data_folder>>
data_folder::open(const std::string& path) {
  if (auto done = create_folder(path); !done)
    return done.error();
  auto lock = take_lock(path);
  if (!lock)
    return lock.error();
  descriptor_guard guard{*lock};
  auto folder = open_directory(path);
  if (!folder)
    return folder.error();
  if (auto done = check_format(**folder); !done)
    return done.error();
  for (const auto* name : {"/log", "/views"})
    if (auto done = create_folder(path + name); !done)
      return done.error();
  auto log = open_directory(path + "/log");
  if (!log)
    return log.error();
  if (auto done = (*folder)->sync(); !done)
    return done.error();
  return std::unique_ptr<data_folder>{
    new data_folder{path, guard.release(), std::move(*log)}};
}

data_folder::data_folder(std::string path, int lock_descriptor,
                         std::shared_ptr<directory> log)
  : path_(std::move(path)), lock_descriptor_(lock_descriptor),
    log_(std::move(log)) {}

data_folder::~data_folder() {
  ::close(lock_descriptor_);
}

} // namespace apogee::store
