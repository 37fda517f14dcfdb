#include "actors/remoting/tool_service.hpp"

#include "actors/answer.hpp"
#include "actors/remoting/messages.hpp"
#include "messages/data_view.hpp"
#include "messages/remoting/command_decoder.hpp"
#include "messages/remoting/frame_writer.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace apogee::remoting {

namespace {

constexpr std::chrono::seconds service_timeout{30};

constexpr std::array served{
  request_code::get_broker_config,
  request_code::update_broker_config,
  request_code::get_consumer_connection_list,
  request_code::get_producer_connection_list,
  request_code::clone_group_offset,
  request_code::wipe_write_permission_of_broker,
  request_code::add_write_permission_of_broker,
};

constexpr std::uint32_t fields_max = 64;
constexpr std::size_t name_bytes_max = 64;

// A service's mailbox has no bound, so what is asked of it has one.
constexpr std::size_t request_bytes_max = 64u << 10;
constexpr std::size_t unanswered_max = 64;

bool is_field_name(std::string_view name) {
  return !name.empty() && name.size() <= name_bytes_max
         && std::all_of(name.begin(), name.end(), [](char c) {
              return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
                     || (c >= '0' && c <= '9');
            });
}

/// Services count on it.
bool decodes(std::string_view frame, std::int32_t code) {
  const auto next = find_frame(frame);
  command_decoder decoder;
  return next && next->missing_bytes == 0 && decoder.decode(next->found)
         && decoder.decoded().code == code;
}

result<service_request> as_frame(schema::ToolRequest::Reader in) {
  const auto code = static_cast<request_code>(in.getCode());
  if (std::find(served.begin(), served.end(), code) == served.end())
    return {errc::not_supported, "tools do not ask requests of code "
                                   + std::to_string(in.getCode()) + " here"};
  if (in.getFields().size() > fields_max)
    return {errc::invalid_argument, "a tool's request has at most "
                                      + std::to_string(fields_max) + " fields"};
  std::vector<char> frame;
  frame_writer writer{frame, serialize_type::json,
                      request_to_client(code, 1, false)};
  for (const auto field : in.getFields()) {
    const std::string_view name{field.getName().cStr(), field.getName().size()};
    if (!is_field_name(name))
      return {errc::invalid_argument, "a field's name is of 1 to "
                                        + std::to_string(name_bytes_max)
                                        + " ASCII letters and digits"};
    writer.field(name, std::string_view{field.getValue().cStr()});
  }
  const auto body = view_of(in.getBody());
  auto& bytes = writer.body();
  bytes.insert(bytes.end(), body.begin(), body.end());
  if (!writer.finish() || frame.size() > request_bytes_max)
    return {errc::invalid_argument, "a tool's request has at most "
                                      + std::to_string(request_bytes_max)
                                      + " bytes"};
  service_request out{{frame.begin(), frame.end()}, {}};
  if (!decodes(out.frame, in.getCode()))
    return {errc::malformed, "the request cannot be written as a tool would"};
  return out;
}

envelope<schema::ToolReply> reply_of(const service_answer& answer) {
  return envelope<schema::ToolReply>::build(
    [&](schema::ToolReply::Builder out) {
      out.setCode(static_cast<std::int32_t>(answer.code));
      out.setRemark(answer.remark);
      out.setBody({reinterpret_cast<const kj::byte*>(answer.body.data()),
                   answer.body.size()});
    },
    16 + (answer.remark.size() + answer.body.size()) / sizeof(std::uint64_t));
}

} // namespace

tool_service_actor::behavior_type tool_service(tool_service_actor::pointer self,
                                               service_map services) {
  return {
    [self, services = std::move(services),
     unanswered = std::make_shared<std::size_t>(0)](
      const envelope<schema::ToolRequest>& request)
      -> caf::result<envelope<schema::ToolReply>> {
      auto frame = request.read(as_frame);
      if (!frame)
        return make_error(frame.error(), self->current_sender());
      const auto code = request.read(
        [](schema::ToolRequest::Reader in) { return in.getCode(); });
      const auto found = services.find(*code);
      if (found == services.end())
        return make_error(errc::not_supported,
                          "this node does not serve requests of code "
                            + std::to_string(*code));
      const auto service = found->second();
      if (!service)
        return make_error(service.error());
      if (*unanswered >= unanswered_max)
        return make_error(errc::busy, std::to_string(*unanswered)
                                        + " requests of tools are not "
                                          "answered yet; try again");
      // Once there is a promise, nothing else is an answer.
      auto promise = self->make_response_promise<envelope<schema::ToolReply>>();
      const auto reply =
        std::make_shared<answer>(static_cast<caf::response_promise&>(promise));
      ++*unanswered;
      self->request(*service, service_timeout, std::move(*frame))
        .then(
          [reply, unanswered](const service_answer& given) {
            --*unanswered;
            reply->give(reply_of(given));
          },
          [reply, unanswered](const caf::error& why) {
            --*unanswered;
            reply->refuse(to_failure(why));
          });
      return promise;
    },
  };
}

} // namespace apogee::remoting
