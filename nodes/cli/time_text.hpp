#pragma once

#include "messages/errors.hpp"

#include <cstdint>
#include <string>
#include <string_view>

/// Points in time, as milliseconds since 1970. Whatever names no zone is UTC,
/// like every time that Apogee prints.
namespace apogee::cli {

/// Reads "2024-05-01", "2024-05-01T12:30", "2024-05-01 12:30:15.250Z",
/// "2024-05-01T12:30:15+02:00", or milliseconds since 1970. Fails with
/// errc::invalid_argument.
result<std::int64_t> parse_time(std::string_view text);

/// "2024-05-01T12:30:15.250Z".
std::string format_time(std::int64_t time_ms);

} // namespace apogee::cli
