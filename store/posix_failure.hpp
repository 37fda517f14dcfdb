#pragma once

#include "messages/errors.hpp"

#include <string>

namespace apogee::store {

/// The failure for an errno: "cannot <action> <path>: <cause>; <remedy>".
failure posix_failure(const std::string& action, const std::string& path,
                      int error);

} // namespace apogee::store
