#include "actors/remoting/session.hpp"

#include "actors/broker/tell.hpp"
#include "actors/remoting/response_codes.hpp"
#include "messages/remoting/field_reader.hpp"
#include "messages/remoting/send_header.hpp"

#include <caf/io/system_messages.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <utility>

namespace apogee::remoting {

namespace {

using namespace std::chrono_literals;

// Bytes asked of the socket at a time. The buffer for them belongs to the
// connection, so one that says little has a small one.
constexpr std::size_t read_size_min = 2u << 10;
constexpr std::size_t read_size_max = 256u << 10;

/// How long a service and a client may take.
constexpr auto service_timeout = 30s;
constexpr auto client_timeout = 10s;

using idle_atom = caf::atom_constant<caf::atom("idle")>;
using forget_atom = caf::atom_constant<caf::atom("forget")>;

} // namespace

session::session(caf::io::broker* self, caf::io::connection_handle connection,
                 gateway_ptr shared)
  : self_(self), connection_(connection), shared_(std::move(shared)),
    read_size_(read_size_min), active_(clock::now()) {
  ++shared_->counts->connections;
}

session::~session() {
  --shared_->counts->connections;
}

caf::behavior session::make_behavior() {
  const auto host = self_->remote_addr(connection_);
  const auto port = self_->remote_port(connection_);
  const auto address = parse_host(host, port).value_or(host_address{});
  peer_.address = to_string(address);
  peer_.session = broker::handle_of(self_);
  born_host_ = packed(address);
  self_->configure_read(connection_,
                        caf::io::receive_policy::at_most(read_size_));
  self_->ack_writes(connection_, true);
  caf::delayed_anon_send(broker::handle_of(self_), shared_->settings.idle_max,
                         idle_atom::value);
  return {
    [this](caf::io::new_data_msg& data) { receive(data); },
    [this](const caf::io::data_transferred_msg&) {
      active_ = clock::now();
      throttle();
    },
    [this](const caf::io::connection_closed_msg&) { self_->quit(); },
    [this](const client_request& request) { return ask_client(request); },
    [this](again_atom) { send_again(); },
    [this](const topic_there& there) { topic_created(there.name, {}); },
    [this](forget_atom, std::int32_t opaque) { forget(opaque); },
    [this](idle_atom) { look_whether_idle(); },
  };
}

// -- input --------------------------------------------------------------------

void session::receive(caf::io::new_data_msg& data) {
  active_ = clock::now();
  const std::string_view received{data.buf.data(), data.buf.size()};
  batches_.expect(rest_.size() + received.size());
  is_in_turn_ = true;
  if (rest_.empty()) {
    const auto taken = take_frames(received);
    rest_.assign(received.begin() + static_cast<std::ptrdiff_t>(taken),
                 received.end());
  } else {
    rest_.insert(rest_.end(), received.begin(), received.end());
    const auto taken = take_frames({rest_.data(), rest_.size()});
    rest_.erase(rest_.begin(),
                rest_.begin() + static_cast<std::ptrdiff_t>(taken));
  }
  is_in_turn_ = false;
  dispatch_batches();
  flush();
  choose_read_size(received.size());
  throttle();
}

std::size_t session::take_frames(std::string_view received) {
  std::size_t taken = 0;
  while (taken < received.size() && !is_closed_) {
    const auto next = find_frame(received.substr(taken));
    if (!next) {
      close(next.error().text);
      return received.size();
    }
    if (next->missing_bytes > 0)
      break;
    handle(next->found, received.substr(taken, next->found.bytes()));
    taken += next->found.bytes();
  }
  return taken;
}

/// A client that sends much is read in large pieces.
void session::choose_read_size(std::size_t received) {
  const auto before = read_size_;
  if (received >= read_size_)
    read_size_ = std::min(read_size_ * 4, read_size_max);
  else if (received * 8 < read_size_ && rest_.empty())
    read_size_ = std::max(read_size_ / 4, read_size_min);
  if (rest_.empty() && rest_.capacity() > read_size_max)
    rest_ = {};
  if (before != read_size_)
    self_->configure_read(connection_,
                          caf::io::receive_policy::at_most(read_size_));
}

void session::handle(const frame& one, std::string_view bytes) {
  ++shared_->counts->requests;
  if (auto decoded = decoder_.decode(one); !decoded) {
    close(decoded.error().text);
    return;
  }
  const auto& request = decoder_.decoded();
  if (request.is_response()) {
    take_response(request);
    return;
  }
  if (shared_->role == port_role::broker)
    switch (static_cast<request_code>(request.code)) {
    case request_code::send_message:
    case request_code::send_message_v2:
    case request_code::send_batch_message:
      send(request, bytes);
      return;
    case request_code::pull_message:
    case request_code::lite_pull_message:
      pull(request);
      return;
    default:
      break;
    }
  leave_to_service(request, bytes);
}

void session::close(const std::string& why) {
  // Who does not speak the protocol often comes back at once.
  constexpr std::uint64_t noted_once_in = 1'000;
  const auto refused = shared_->counts->refused_frames++;
  if (refused % noted_once_in == 0)
    shared_->note("closed the connection of " + peer_.address + " ("
                  + std::to_string(refused + 1) + " so far): " + why);
  is_closed_ = true;
  self_->close(connection_);
  self_->quit();
}

void session::look_whether_idle() {
  const auto silent = clock::now() - active_;
  const auto left =
    shared_->settings.idle_max
    - std::chrono::duration_cast<std::chrono::milliseconds>(silent);
  if (left <= 0ms) {
    ++shared_->counts->idle_closed;
    self_->close(connection_);
    self_->quit();
    return;
  }
  caf::delayed_anon_send(broker::handle_of(self_), left, idle_atom::value);
}

// -- services -----------------------------------------------------------------

void session::leave_to_service(const command& request, std::string_view bytes) {
  const asker from{request.type, request.opaque, request.is_oneway()};
  const auto service = shared_->service_of(request.code);
  if (service == nullptr) {
    ++shared_->counts->refused_codes;
    answer(from, response_code::request_code_not_supported,
           "request code " + std::to_string(request.code) + " not supported");
    return;
  }
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
        unanswered_bytes_ -= size;
        throttle();
      },
      [this, from, size](const caf::error& error) {
        const auto why = to_failure(error);
        answer(from, code_of(why), why.text);
        unanswered_bytes_ -= size;
        throttle();
      });
}

caf::result<service_answer> session::ask_client(const client_request& request) {
  const auto opaque = opaque_next_++;
  frame_writer writer{
    out(), serialize_type::json,
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

// -- output -------------------------------------------------------------------

std::vector<char>& session::out() {
  return self_->wr_buf(connection_);
}

void session::answer(const asker& to, response_code code,
                     std::string_view remark) {
  if (to.is_oneway || is_closed_)
    return;
  frame_writer writer{out(), to.type, head_of(to, code, remark)};
  writer.body();
  static_cast<void>(writer.finish()); // a remark is short
  flush();
}

void session::answer(const asker& to, const service_answer& reply) {
  if (to.is_oneway || is_closed_)
    return;
  {
    frame_writer writer{out(), to.type, head_of(to, reply.code, reply.remark)};
    for (const auto& [key, value] : reply.fields)
      writer.field(key, value);
    auto& body = writer.body();
    body.insert(body.end(), reply.body.begin(), reply.body.end());
    if (writer.finish()) {
      flush();
      return;
    }
  }
  answer(to, response_code::system_error,
         "the answer is larger than clients take");
}

/// Everything that one turn has to say leaves in one write.
void session::flush() {
  if (is_in_turn_ || is_closed_)
    return;
  self_->flush(connection_);
}

/// What the socket has not taken yet waits in out().
void session::throttle() {
  if (is_closed_)
    return;
  const auto& limits = shared_->settings;
  const bool is_full = unanswered_bytes_ > limits.unanswered_bytes_max
                       || out().size() > limits.unsent_bytes_max;
  if (is_full == is_paused_)
    return;
  is_paused_ = is_full;
  if (is_full) {
    ++shared_->counts->throttled;
    self_->halt(connection_);
  } else {
    self_->trigger(connection_);
  }
}

} // namespace apogee::remoting
