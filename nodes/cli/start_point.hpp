#pragma once

#include "messages/errors.hpp"
#include "messages/group.capnp.h"

#include <CLI/App.hpp>
#include <cstdint>
#include <string>
#include <string_view>

namespace apogee::cli {

/// Where reading starts: `earliest`, `latest`, or a time.
struct start_point {
  schema::StartFrom from = schema::StartFrom::LATEST;
  std::int64_t time_ms = 0;
};

/// Fails with errc::invalid_argument.
result<start_point> parse_start_point(std::string_view text);

/// An option of that kind.
CLI::Option* add_start_option(CLI::App& command, const std::string& name,
                              start_point& point, const std::string& sentence);

} // namespace apogee::cli
