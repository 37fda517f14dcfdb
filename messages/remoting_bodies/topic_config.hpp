#pragma once

#include "messages/errors.hpp"
#include "messages/remoting_bodies/client_names.hpp"
#include "messages/remoting_bodies/data_version.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace apogee::remoting {

struct topic_config {
  std::string name;
  std::int32_t read_queues = 16;
  std::int32_t write_queues = 16;
  std::int32_t permission = 6; ///< 4 read + 2 write, 1 inherit, 8 priority
  std::int32_t system_flag = 0;
  topic_filter_type filter_type = topic_filter_type::single_tag;
  bool is_ordered = false;
  std::map<std::string, std::string> attributes;
};

/// Code 18.
result<std::vector<topic_config>>
parse_topic_config_list(std::string_view body);

/// Answer of 351.
std::string write_topic_config(const topic_config& x);

/// Answer of 21.
std::string write_topic_config_table(const std::vector<topic_config>& topics,
                                     const data_version& version);

} // namespace apogee::remoting
