#include "actors/broker/tell.hpp"
#include "actors/remoting/session.hpp"

#include <algorithm>

/// What a session has to say, and how much it may hold.
namespace apogee::remoting {

namespace {

/// Answers wait for others that are about to be written, up to this.
constexpr std::size_t joined_bytes_max = 64u << 10;

} // namespace

/// What the socket has not taken yet, wherever it is: CAF shows only those of
/// its bytes that wait behind others.
std::size_t session::unsent_bytes() const {
  return is_closed_ ? 0 : flushed_bytes_ + out_.size();
}

void session::transferred(std::size_t bytes) {
  flushed_bytes_ -= std::min(bytes, flushed_bytes_);
  if (flushed_bytes_ == 0 && !is_closed_)
    self_->wr_buf(connection_) = std::vector<char>{};
}

void session::answer(const asker& to, response_code code,
                     std::string_view remark) {
  if (to.is_oneway || is_closed_)
    return;
  frame_writer writer{out_, to.type, head_of(to, code, remark)};
  writer.body();
  static_cast<void>(writer.finish()); // a remark is short
  flush();
}

void session::answer(const asker& to, const service_answer& reply) {
  if (to.is_oneway || is_closed_)
    return;
  {
    frame_writer writer{out_, to.type, head_of(to, reply.code, reply.remark)};
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

/// Everything that one turn has to say leaves in one write, and what is in the
/// mailbox belongs to it: all that one write of the log has stored, and all
/// pulls that it has woken.
void session::flush() {
  if (is_in_turn_ || is_closed_ || out_.empty())
    return;
  if (out_.size() < joined_bytes_max && self_->has_mail()) {
    if (!std::exchange(is_flush_due_, true))
      broker::tell(self_, broker::handle_of(self_), flush_atom::value);
    return;
  }
  flush_now();
  account();
}

void session::flush_now() {
  if (out_.empty())
    return;
  if (!tls_) {
    write({out_.data(), out_.size()});
  } else {
    std::vector<char> sealed;
    const auto is_taken = tls_->send({out_.data(), out_.size()}, sealed);
    write({sealed.data(), sealed.size()});
    if (!is_taken)
      return; // keys are being exchanged
  }
  // Nothing is kept for a connection that has nothing to say. Not {}, which
  // keeps the capacity.
  out_ = std::vector<char>{};
}

/// CAF gets what the socket does not take at once.
void session::write(std::string_view bytes) {
  if (bytes.empty())
    return;
  if (flushed_bytes_ == 0)
    if (const auto sent = self_->write_now(connection_, bytes); sent > 0) {
      active_ = clock::now();
      bytes.remove_prefix(sent);
    }
  if (bytes.empty())
    return;
  auto& to = self_->wr_buf(connection_);
  to.insert(to.end(), bytes.begin(), bytes.end());
  flushed_bytes_ += bytes.size();
  self_->flush(connection_);
}

/// So much less is under way.
void session::answered(std::size_t bytes) {
  unanswered_bytes_ -= bytes;
  end_if_stored();
  throttle();
}

/// Reads on as soon as this connection holds little enough.
void session::throttle() {
  account();
  if (is_closed_ || is_flush_due_) // what is about to be sent does not count
    return;
  const auto& limits = shared_->settings;
  const auto unsent = unsent_bytes();
  const auto is_deaf = unsent > limits.unsent_bytes_max;
  const auto is_ahead = unanswered_bytes_ > limits.unanswered_bytes_max;
  // An incomplete frame does not count: it is over only when it is read.
  const auto is_greedy =
    room_->is_crowded() && unsent + unanswered_bytes_ > fair_bytes;
  const auto is_full = shared_->is_draining || is_deaf || is_ahead || is_greedy;
  if (is_full == is_paused_)
    return;
  is_paused_ = is_full;
  if (!is_full) {
    self_->trigger(connection_);
    return;
  }
  self_->halt(connection_);
  if (shared_->is_draining)
    return;
  ++shared_->counts->throttled;
  const auto* why =
    is_deaf    ? "it does not read its answers (remoting.unsent-bytes-max)"
    : is_ahead ? "it sends faster than the broker stores "
                 "(remoting.unanswered-bytes-max)"
               : "all connections together hold much (remoting.memory-limit)";
  shared_->note_rarely("throttled", "stopped reading the connection of "
                                      + peer_.address + " for a while: " + why);
}

/// Tells the gateway what this connection holds, beside the answers that are
/// under way to it, and the queues what room there is for those.
void session::account() {
  const auto now = is_closed_ ? unanswered_bytes_
                              : unanswered_bytes_ + flushed_bytes_
                                  + out_.capacity() + rest_.capacity();
  shared_->counts->held_bytes += now - held_bytes_;
  held_bytes_ = now;
  const auto frame = is_closed_ ? 0 : rest_.capacity();
  if (frame != frame_bytes_) {
    shared_->long_frames.erase({frame_bytes_, this});
    if (frame > fair_bytes)
      shared_->long_frames.insert({frame, this});
    frame_bytes_ = frame;
  }
  room_->set_untaken(unsent_bytes());
}

/// Who sends a long frame and does not end it holds its memory for as long as
/// it likes, so when there is none left the longest one goes.
void session::make_room() {
  const auto& long_frames = shared_->long_frames;
  if (shared_->counts->held_bytes > shared_->settings.memory_limit
      && !long_frames.empty())
    broker::tell(self_, long_frames.rbegin()->second->peer_.session,
                 too_long_atom::value);
}

/// The gateway needs the memory that the beginning of a frame holds, unless
/// there is room again or the rest has come meanwhile.
void session::drop_long_frame() {
  if (is_closed_ || rest_.capacity() <= fair_bytes
      || shared_->counts->held_bytes <= shared_->settings.memory_limit)
    return;
  refuse("all connections together hold more than remoting.memory-limit, and "
         "this one most of a frame that is not complete");
  end_if_stored();
}

} // namespace apogee::remoting
