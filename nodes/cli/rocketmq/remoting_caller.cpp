#include "nodes/cli/rocketmq/remoting_caller.hpp"

#include "messages/remoting/field_reader.hpp"
#include "messages/remoting/frame_writer.hpp"

#include <algorithm>
#include <poll.h>

namespace apogee::cli {

namespace {

remoting_answer owned(const remoting::command& from) {
  remoting_answer out{
    from.code, std::string{from.remark}, {}, std::string{from.body}};
  for (const auto& field : from.fields)
    out.fields.emplace_back(field.key, field.value);
  return out;
}

} // namespace

result<std::int64_t> remoting_answer::number(std::string_view key) const {
  const auto found =
    std::find_if(fields.begin(), fields.end(),
                 [&](const auto& field) { return field.first == key; });
  std::int64_t out = 0;
  if (found == fields.end() || !remoting::parse_integer(found->second, out))
    return remoting::not_a_number(key);
  return out;
}

failure remoting_answer::as_failure() const {
  return {errc::invalid_argument,
          "answer " + std::to_string(code) + ": " + remark};
}

result<remoting_caller>
remoting_caller::connect(const std::string& address,
                         std::chrono::milliseconds timeout) {
  const auto parsed = parse_address(address);
  if (!parsed)
    return parsed.error();
  auto socket = connect_to(*parsed, timeout);
  if (!socket)
    return {socket.error().code,
            "cannot reach a RocketMQ node at " + address + ": "
              + socket.error().text
              + "; name the nameserver's RocketMQ port with --nameserver"};
  return remoting_caller{remoting_connection{std::move(*socket), address},
                         timeout};
}

result<remoting_answer> remoting_caller::call(remoting::request_code code,
                                              const fields& with) {
  remoting::frame_writer writer{
    connection_.out(), remoting::serialize_type::json,
    remoting::request_to_client(code, ++opaque_, false)};
  for (const auto& [key, value] : with)
    writer.field(key, value);
  if (!writer.finish())
    return {errc::message_too_large, "the request is too large"};
  std::optional<remoting_answer> answer;
  const auto take = [&](const remoting::command& from) {
    if (from.is_response() && from.opaque == opaque_)
      answer = owned(from);
  };
  const auto deadline = std::chrono::steady_clock::now() + timeout_;
  while (!answer) {
    if (auto flushed = connection_.flush(); !flushed)
      return flushed.error();
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(
      deadline - std::chrono::steady_clock::now());
    const auto events =
      connection_.unsent_bytes() > 0 ? POLLIN | POLLOUT : POLLIN;
    pollfd ready{connection_.descriptor(), static_cast<short>(events), 0};
    if (left.count() <= 0
        || ::poll(&ready, 1, static_cast<int>(left.count())) == 0)
      return {errc::timeout, connection_.address()
                               + " does not answer in RocketMQ's protocol: "
                                 "name its RocketMQ port with --nameserver, or "
                                 "wait longer with --timeout"};
    if ((ready.revents & ~POLLOUT) == 0)
      continue;
    if (auto received = connection_.receive(take); !received)
      return received.error();
  }
  return std::move(*answer);
}

} // namespace apogee::cli
