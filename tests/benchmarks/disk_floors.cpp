#include "tests/benchmarks/disk_floors.hpp"

#include "nodes/cli/histogram.hpp"

#include <chrono>
#include <fcntl.h>
#include <filesystem>
#include <set>
#include <stdexcept>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace apogee::benchmarks {

namespace {

using clock = std::chrono::steady_clock;

double seconds_since(clock::time_point start) {
  return std::chrono::duration<double>(clock::now() - start).count();
}

/// A preallocated file that is removed at the end.
class scratch_file {
public:
  scratch_file(const std::string& folder, std::uint64_t size)
    : path_(folder + "/floor"),
      file_(open(path_.c_str(), O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0644)) {
    if (file_ < 0 || posix_fallocate(file_, 0, static_cast<off_t>(size)) != 0)
      throw std::runtime_error{"cannot make " + path_};
    fsync(file_);
  }

  ~scratch_file() {
    close(file_);
    unlink(path_.c_str());
  }

  scratch_file(const scratch_file&) = delete;
  scratch_file& operator=(const scratch_file&) = delete;

  void write(std::uint64_t at, const std::vector<char>& bytes) const {
    if (pwrite(file_, bytes.data(), bytes.size(), static_cast<off_t>(at))
        != static_cast<ssize_t>(bytes.size()))
      throw std::runtime_error{"cannot write " + path_};
  }

  void flush() const { fdatasync(file_); }

private:
  std::string path_;
  int file_;
};

/// Paths of the log's segments, in order.
std::set<std::string> segments_in(const std::string& folder) {
  std::set<std::string> found;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator{folder})
    if (entry.path().extension() == ".log" && entry.is_regular_file()
        && entry.path().filename() != "supervision.log")
      found.insert(entry.path());
  return found;
}

/// Reads until the end, or until the part that was only reserved.
std::uint64_t read_all(const std::string& path, std::vector<char>& chunk) {
  const auto file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  std::uint64_t total = 0;
  for (;;) {
    const auto data = lseek(file, static_cast<off_t>(total), SEEK_DATA);
    if (data != static_cast<off_t>(total))
      break;
    const auto count =
      pread(file, chunk.data(), chunk.size(), static_cast<off_t>(total));
    if (count <= 0)
      break;
    total += static_cast<std::uint64_t>(count);
  }
  close(file);
  return total;
}

} // namespace

double flush_floor_us(const std::string& folder, std::uint64_t bytes,
                      int count) {
  const scratch_file file{folder, bytes * static_cast<std::uint64_t>(count)};
  const std::vector<char> group(bytes, 'x');
  cli::histogram times;
  for (int i = 0; i < count; ++i) {
    const auto start = clock::now();
    file.write(bytes * static_cast<std::uint64_t>(i), group);
    file.flush();
    times.record(static_cast<std::uint64_t>(seconds_since(start) * 1e9));
  }
  return static_cast<double>(times.percentile(50)) / 1e3;
}

double write_floor(const std::string& folder, std::uint64_t total,
                   std::uint64_t flush_every) {
  constexpr std::uint64_t chunk = 1u << 20;
  const scratch_file file{folder, total};
  const std::vector<char> group(chunk, 'x');
  const auto start = clock::now();
  std::uint64_t dirty = 0;
  for (std::uint64_t at = 0; at + chunk <= total; at += chunk) {
    file.write(at, group);
    dirty += chunk;
    if (flush_every > 0 && dirty >= flush_every) {
      file.flush();
      dirty = 0;
    }
  }
  return static_cast<double>(total) / seconds_since(start);
}

double read_floor(const std::string& folder) {
  std::vector<char> chunk(1u << 20);
  const auto start = clock::now();
  std::uint64_t total = 0;
  for (const auto& path : segments_in(folder))
    total += read_all(path, chunk);
  return static_cast<double>(total) / seconds_since(start);
}

void drop_caches(const std::string& folder) {
  for (const auto& path : segments_in(folder)) {
    const auto file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    // Only clean pages go.
    fdatasync(file);
    posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
    close(file);
  }
}

std::uint64_t used_bytes(const std::string& folder) {
  std::uint64_t total = 0;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator{folder}) {
    struct stat info {};

    if (stat(entry.path().c_str(), &info) == 0 && S_ISREG(info.st_mode))
      total += static_cast<std::uint64_t>(info.st_blocks) * 512;
  }
  return total;
}

} // namespace apogee::benchmarks
