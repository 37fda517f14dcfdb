#pragma once

#include "messages/errors.hpp"
#include "messages/group_config.hpp"
#include "messages/remoting_bodies/data_version.hpp"

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace apogee::remoting {

inline constexpr std::array<std::string_view, 2> retry_policy_type_names{
  "EXPONENTIAL", "CUSTOMIZED"};

/// Code 200. What older tools do not send keeps its default.
result<group_config> parse_group_config(std::string_view body);

/// Code 225.
result<std::vector<group_config>>
parse_group_config_list(std::string_view body);

/// Answer of 352.
std::string write_group_config(const group_config& x);

/// Answer of 201.
std::string write_group_config_table(const std::vector<group_config>& groups,
                                     const data_version& version);

} // namespace apogee::remoting
