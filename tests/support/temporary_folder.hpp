#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

namespace apogee {

/// Where a test's files lie: on a disk they behave as a node's do (reads that
/// would block, say), in memory they are quick.
enum class folder_on { memory, disk };

/// A fresh folder that is gone when the test is. In memory, where the machine
/// has that, since most tests do not ask how fast the disk is.
class temporary_folder {
public:
  explicit temporary_folder(folder_on where = folder_on::memory) {
    const std::filesystem::path memory{"/dev/shm"};
    const auto base =
      where == folder_on::memory && std::filesystem::exists(memory)
        ? memory
        : std::filesystem::temp_directory_path();
    path_ = (base / "apogee-XXXXXX").string();
    if (mkdtemp(path_.data()) == nullptr)
      std::abort();
  }

  ~temporary_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;

  const std::string& path() const { return path_; }

private:
  std::string path_;
};

} // namespace apogee
