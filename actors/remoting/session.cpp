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

/// Who begins TLS has so long to agree on keys.
constexpr auto handshake_timeout = 10s;

using idle_atom = caf::atom_constant<caf::atom("idle")>;
using handshake_atom = caf::atom_constant<caf::atom("handshake")>;

} // namespace

session::session(io_actor* self, caf::io::connection_handle connection,
                 gateway_ptr shared)
  : self_(self), connection_(connection), shared_(std::move(shared)),
    read_size_(read_size_min), active_(clock::now()) {
  shared_->sessions.insert(this);
  ++shared_->counts->connections;
  ++shared_->counts->accepted;
}

session::~session() {
  room_->close();
  shared_->sessions.erase(this);
  shared_->long_frames.erase({frame_bytes_, this});
  shared_->counts->held_bytes -= held_bytes_;
  --shared_->counts->connections;
}

caf::behavior session::make_behavior() {
  const auto host = self_->remote_addr(connection_);
  const auto port = self_->remote_port(connection_);
  const auto address = parse_host(host, port).value_or(host_address{});
  peer_.address = to_string(address);
  peer_.session = broker::handle_of(self_);
  peer_.reached =
    parse_host(self_->local_addr(connection_), 0).value_or(host_address{});
  if (shared_->store_host)
    store_host_ = shared_->store_host(peer_.reached);
  born_host_ = packed(address);
  self_->configure_read(connection_,
                        caf::io::receive_policy::at_most(read_size_));
  self_->ack_writes(connection_, true);
  caf::delayed_anon_send(broker::handle_of(self_), shared_->settings.idle_max,
                         idle_atom::value);
  throttle(); // the node may be about to end
  return {
    [this](const caf::io::new_data_msg& data) {
      receive({data.buf.data(), data.buf.size()});
    },
    [this](const caf::io::data_transferred_msg& done) {
      active_ = clock::now();
      transferred(done.written);
      throttle();
      ask_held_pull();
    },
    [this](const caf::io::connection_closed_msg&) {
      is_closed_ = true;
      end_if_stored();
    },
    [this](const client_request& request) { return ask_client(request); },
    [this](again_atom) { send_again(); },
    [this](throttle_atom) { throttle(); },
    [this](const topic_awaited& topic) { ask_for_topic(topic.name); },
    [this](forget_atom, std::int32_t opaque) { forget(opaque); },
    [this](idle_atom) { look_whether_idle(); },
    [this](too_long_atom) { drop_long_frame(); },
    [this](flush_atom) {
      is_flush_due_ = false;
      flush();
      throttle();
      ask_held_pull();
    },
    [this](tell_offsets_atom) { tell_offsets(); },
    [this](handshake_atom) {
      if (tls_->is_ready() || is_closed_)
        return;
      close("tls", shared_->counts->refused_tls,
            "it has begun a TLS handshake and not gone on");
      end_if_stored();
    },
  };
}

// -- input --------------------------------------------------------------------

void session::receive(std::string_view received) {
  active_ = clock::now();
  if (is_closed_)
    return;
  is_in_turn_ = true;
  if (std::exchange(is_new_, false))
    begin(received[0]);
  if (tls_)
    decrypt(received);
  else if (!is_closed_)
    take(received);
  is_in_turn_ = false;
  dispatch_batches();
  end_if_stored();
  flush();
  choose_read_size(received.size());
  throttle();
  make_room();
}

/// TLS, or plain text, if that is allowed.
void session::begin(char first) {
  const auto mode = shared_->tls ? shared_->tls->mode() : tls_mode::disabled;
  const auto is_tls = first == tls_stream::first_byte;
  if (is_tls && mode == tls_mode::disabled)
    close("tls", shared_->counts->refused_tls,
          "it speaks TLS, which [tls] mode disables");
  else if (!is_tls && mode == tls_mode::enforcing)
    close("tls", shared_->counts->refused_tls,
          "it does not speak TLS, which [tls] mode enforces");
  if (!is_tls || is_closed_)
    return;
  tls_ = std::make_unique<tls_stream>(*shared_->tls);
  caf::delayed_anon_send(broker::handle_of(self_), handshake_timeout,
                         handshake_atom::value);
}

void session::decrypt(std::string_view received) {
  std::vector<char> plain;
  std::vector<char> reply;
  const auto was_ready = tls_->is_ready();
  const auto outcome = tls_->receive(received, plain, reply);
  if (!was_ready && tls_->is_ready())
    ++shared_->counts->tls_handshakes;
  if (!plain.empty())
    take({plain.data(), plain.size()});
  if (!outcome && !is_closed_)
    close("tls", shared_->counts->refused_tls, outcome.error().text,
          {reply.data(), reply.size()});
  if (is_closed_)
    return;
  write({reply.data(), reply.size()});
  if (tls_->is_ended()) {
    is_closed_ = true;
    self_->cut(connection_);
  }
}

void session::take(std::string_view received) {
  batches_.expect(rest_.size() + received.size());
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
  if (rest_.empty())
    rest_ = std::vector<char>{}; // most connections are silent most of the time
}

std::size_t session::take_frames(std::string_view received) {
  std::size_t taken = 0;
  while (taken < received.size() && !is_closed_) {
    const auto next = find_frame(received.substr(taken));
    if (!next) {
      refuse(next.error().text);
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
  if (is_closed_)
    return;
  const auto before = read_size_;
  if (received >= read_size_)
    read_size_ = std::min(read_size_ * 4, read_size_max);
  else if (received * 8 < read_size_ && rest_.empty())
    read_size_ = std::max(read_size_ / 4, read_size_min);
  if (before != read_size_)
    self_->configure_read(connection_,
                          caf::io::receive_policy::at_most(read_size_));
}

void session::handle(const frame& one, std::string_view bytes) {
  ++shared_->counts->requests;
  if (auto decoded = decoder_.decode(one); !decoded) {
    refuse(decoded.error().text);
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

void session::refuse(const std::string& why) {
  close("frame", shared_->counts->refused_frames, why);
}

void session::close(std::string_view kind, counter& count,
                    const std::string& why, std::string_view last_words) {
  ++count;
  shared_->note_rarely(kind, "closed the connection of " + peer_.address + ": "
                               + why);
  flush_now();
  is_closed_ = true;
  self_->cut(connection_, last_words);
}

/// What was read is stored, though nobody waits for the answer any more.
void session::end_if_stored() {
  if (!is_closed_)
    return;
  rest_ = std::vector<char>{};
  account();
  if (has_unstored())
    return;
  tell_offsets();
  self_->quit();
}

void session::look_whether_idle() {
  if (is_closed_)
    return;
  const auto silent = clock::now() - active_;
  const auto left =
    shared_->settings.idle_max
    - std::chrono::duration_cast<std::chrono::milliseconds>(silent);
  if (left > 0ms) {
    caf::delayed_anon_send(broker::handle_of(self_), left, idle_atom::value);
    return;
  }
  close("idle", shared_->counts->idle_closed,
        "nothing was said on it for "
          + std::to_string(shared_->settings.idle_max.count() / 1000)
          + " s (remoting.idle-max)");
  end_if_stored();
}

} // namespace apogee::remoting
