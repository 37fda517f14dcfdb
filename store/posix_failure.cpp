#include "store/posix_failure.hpp"

#include <cerrno>
#include <system_error>

namespace apogee::store {

namespace {

struct meaning {
  errc code;
  const char* remedy;
};

meaning meaning_of(int error) {
  switch (error) {
  case ENOSPC:
  case EDQUOT:
    return {errc::disk_full,
            "free some space there or lower storage.retention-size"};
  case EROFS:
    return {errc::read_only,
            "the file system is mounted read-only; remount it for writing"};
  case EACCES:
  case EPERM:
    return {errc::read_only,
            "give the user that runs Apogee the right to write there"};
  case ENOENT:
    return {errc::not_found, "check that the path is right"};
  case EMFILE:
  case ENFILE:
    return {errc::io_error, "raise the limit of open files (ulimit -n)"};
  case ENOTDIR:
  case EEXIST:
    return {errc::io_error, "a file is in the way of a folder; name another "
                            "one with storage.data"};
  default:
    return {errc::io_error, "look for errors of the disk in the system log"};
  }
}

} // namespace

failure posix_failure(const std::string& action, const std::string& path,
                      int error) {
  const auto what = meaning_of(error);
  return {what.code, "cannot " + action + " " + path + ": "
                       + std::generic_category().message(error) + "; "
                       + what.remedy};
}

} // namespace apogee::store
