#pragma once

#include "messages/errors.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace apogee::remoting {

class json_fields;
class json_writer;

/// Tells whether a table changed: equal versions, equal tables.
struct data_version {
  std::int64_t counter = 0;
  std::int64_t state_version = 0;
  std::int64_t timestamp_ms = 0;
  auto operator<=>(const data_version&) const = default;
};

void read(json_fields& in, data_version& out);
void write(json_writer& out, const data_version& x);

result<data_version> parse_data_version(std::string_view body);

/// Also the text of the ext field `version` of 26.
std::string write_data_version(const data_version& x);

} // namespace apogee::remoting
