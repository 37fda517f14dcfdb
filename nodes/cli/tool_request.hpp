#pragma once

#include "messages/remoting/codes.hpp"
#include "nodes/cli/node_connection.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace apogee::cli {

/// Services that answer them.
inline constexpr auto broker_tools = "broker_tools";
inline constexpr auto nameserver_tools = "nameserver_tools";

using tool_fields = std::vector<std::pair<std::string, std::string>>;

/// Asks one of these services what RocketMQ's tools ask; returns the answer's
/// body. Fails with what is nearest to the answer's code, and its remark:
/// errc::permission_denied, unknown_group, unknown_topic, invalid_argument,
/// busy, restarting, not_found (the original's system error), otherwise
/// not_supported; or as node_connection::ask does.
result<std::string> ask_tool(node_connection& tools,
                             remoting::request_code code,
                             const tool_fields& fields,
                             std::string_view body = {});

} // namespace apogee::cli
