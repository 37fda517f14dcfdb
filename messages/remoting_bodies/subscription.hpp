#pragma once

#include "messages/errors.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace apogee::remoting {

class json_fields;
class json_writer;

/// What a consumer wants of one topic.
struct subscription_data {
  std::string topic;
  std::string expression_type = "TAG"; ///< or "SQL92"
  std::string expression = "*";
  std::vector<std::string> tags;
  std::vector<std::int32_t> tag_codes; ///< Java's hashes of the tags
  std::int64_t version = 0;            ///< ms; the newest wins
  bool class_filter_mode = false;
  auto operator<=>(const subscription_data&) const = default;
};

void read(json_fields& in, subscription_data& out);
void write(json_writer& out, const subscription_data& x);

/// Code 46: may this client subscribe so? Sent for other types than TAG.
struct client_config_check {
  std::string client_id;
  std::string group;
  subscription_data subscription;
};

result<client_config_check> parse_client_config_check(std::string_view body);

} // namespace apogee::remoting
