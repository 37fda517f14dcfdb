#pragma once

#include "messages/errors.hpp"
#include "store/file.hpp"

#include <memory>
#include <string>

namespace apogee::store {

/// The folder that one broker owns: `log/`, `views/`, a lock and the version
/// of its format. Open it first and close it last.
class data_folder {
public:
  /// Opens the folder, creating it when it is missing. Fails with errc::in_use
  /// (naming the holder's process id), errc::read_only, errc::disk_full,
  /// errc::version_mismatch (written by another format of Apogee) or
  /// errc::io_error.
  static result<std::unique_ptr<data_folder>> open(const std::string& path);

  /// Lets go of the lock. The kernel does so too when the process dies.
  ~data_folder();

  data_folder(const data_folder&) = delete;
  data_folder& operator=(const data_folder&) = delete;

  const std::string& path() const { return path_; }

  /// The folder of the commit log.
  const std::shared_ptr<directory>& log() const { return log_; }

  /// Path of the folder of the views.
  std::string views_path() const { return path_ + "/views"; }

private:
  data_folder(std::string path, int lock_descriptor,
              std::shared_ptr<directory> log);

  std::string path_;
  int lock_descriptor_;
  std::shared_ptr<directory> log_;
};

} // namespace apogee::store
