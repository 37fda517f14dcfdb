#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

namespace apogee {

/// A fresh folder that is gone when the test is. In memory where the machine
/// has that, since most tests do not ask how fast the disk is.
class temporary_folder {
public:
  temporary_folder() {
    const std::filesystem::path memory{"/dev/shm"};
    const auto base = std::filesystem::exists(memory)
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
