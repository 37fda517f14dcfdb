#include "nodes/cli/tool_request.hpp"

namespace apogee::cli {

namespace {

errc nearest(std::int32_t code) {
  using remoting::response_code;
  switch (static_cast<response_code>(code)) {
  case response_code::no_permission:
    return errc::permission_denied;
  case response_code::consumer_not_online:
  case response_code::subscription_group_not_exist:
    return errc::unknown_group;
  case response_code::topic_not_exist:
    return errc::unknown_topic;
  case response_code::invalid_parameter:
    return errc::invalid_argument;
  case response_code::system_busy:
    return errc::busy;
  case response_code::service_not_available:
    return errc::restarting;
  case response_code::system_error: // as the original says it
    return errc::not_found;
  default:
    return errc::not_supported;
  }
}

} // namespace

result<std::string> ask_tool(node_connection& tools,
                             remoting::request_code code,
                             const tool_fields& fields, std::string_view body) {
  const auto request = envelope<schema::ToolRequest>::build([&](auto b) {
    b.setCode(static_cast<std::int32_t>(code));
    b.setBody({reinterpret_cast<const kj::byte*>(body.data()), body.size()});
    auto list = b.initFields(static_cast<unsigned>(fields.size()));
    for (unsigned i = 0; i < list.size(); ++i) {
      list[i].setName(fields[i].first);
      list[i].setValue(fields[i].second);
    }
  });
  const auto reply = tools.ask<schema::ToolReply>(request);
  if (!reply)
    return reply.error();
  return reply->read([](schema::ToolReply::Reader r) -> result<std::string> {
    if (r.getCode() != 0)
      return {nearest(r.getCode()), r.getRemark().cStr()};
    const auto bytes = r.getBody();
    return std::string{bytes.begin(), bytes.end()};
  });
}

} // namespace apogee::cli
