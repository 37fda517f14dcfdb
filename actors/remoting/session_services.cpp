#include "actors/broker/tell.hpp"
#include "actors/remoting/response_codes.hpp"
#include "actors/remoting/session.hpp"

#include <caf/send.hpp>

#include <utility>

/// What a session leaves to services, and asks its client for them.
namespace apogee::remoting {

namespace {

using namespace std::chrono_literals;

/// How long a service and a client may take.
constexpr auto service_timeout = 30s;
constexpr auto client_timeout = 10s;

} // namespace

void session::leave_to_service(const command& request, std::string_view bytes) {
  const asker from{request.type, request.opaque, request.is_oneway()};
  const auto service = shared_->service_of(request.code);
  if (service == nullptr) {
    shared_->counts->unserved.add(request.code);
    shared_->note_rarely("code", peer_.address + " asked with request code "
                                   + std::to_string(request.code)
                                   + ", which is not served");
    answer(from, response_code::request_code_not_supported,
           "request code " + std::to_string(request.code) + " not supported");
    return;
  }
  tell_offsets();
  const auto to = (*service)();
  if (!to) {
    answer(from, response_code::system_busy, to.error().text);
    return;
  }
  // A service's mailbox has no bound, so what is read for it has one.
  const auto size = bytes.size();
  unanswered_bytes_ += size;
  self_
    ->request(*to, service_timeout, service_request{std::string{bytes}, peer_})
    .then(
      [this, from, size](const service_answer& reply) {
        answer(from, reply);
        answered(size);
      },
      [this, from, size](const caf::error& error) {
        const auto why = to_failure(error);
        answer(from, code_of(why), why.text);
        answered(size);
      });
}

caf::result<service_answer> session::ask_client(const client_request& request) {
  if (is_closed_)
    return make_error(errc::unreachable, "the client's connection is closed");
  const auto opaque = opaque_next_++;
  frame_writer writer{
    out_, serialize_type::json,
    request_to_client(request.code, opaque, request.is_oneway)};
  for (const auto& [key, value] : request.fields)
    writer.field(key, value);
  auto& body = writer.body();
  body.insert(body.end(), request.body.begin(), request.body.end());
  if (!writer.finish())
    return make_error(errc::message_too_large,
                      "a request to a client is larger than clients take");
  flush();
  if (request.is_oneway)
    return service_answer{};
  auto promise = self_->make_response_promise<service_answer>();
  asked_[opaque] = promise;
  caf::delayed_anon_send(broker::handle_of(self_), client_timeout,
                         forget_atom::value, opaque);
  return promise;
}

void session::take_response(const command& response) {
  const auto found = asked_.find(response.opaque);
  if (found == asked_.end())
    return; // it came too late
  service_answer out;
  out.code = static_cast<response_code>(response.code);
  out.remark = response.remark;
  for (const auto& field : response.fields)
    out.fields.emplace_back(field.key, field.value);
  out.body = response.body;
  found->second.deliver(std::move(out));
  asked_.erase(found);
}

void session::forget(std::int32_t opaque) {
  const auto found = asked_.find(opaque);
  if (found == asked_.end())
    return;
  found->second.deliver(
    make_error(errc::timeout, "the client did not answer in time"));
  asked_.erase(found);
}

} // namespace apogee::remoting
