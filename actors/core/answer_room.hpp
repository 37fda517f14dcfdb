#pragma once

#include "actors/core/gateway_counters.hpp"

#include <cstdint>
#include <memory>
#include <utility>

namespace apogee::core {

/// How many bytes of answers one asker may have in memory.
struct answer_bounds {
  std::uint64_t bytes_max = 0;         ///< as a rule
  std::uint64_t crowded_bytes_max = 0; ///< while the port is crowded
  std::uint64_t crowd_bytes = 0;       ///< of all askers: more is a crowd
};

/// How many bytes of answers one asker has in memory: those that are under way
/// to it, and those that it has and its client has not taken. The former count
/// at once for the whole port too, so that many askers do not fill the memory
/// in one turn. Belongs to the thread that asker and answerers share.
class answer_room {
public:
  /// `port` counts what all hold.
  answer_room(std::shared_ptr<gateway_counters> port, answer_bounds bounds)
    : port_(std::move(port)), bounds_(bounds) {}

  /// All askers of the port together hold so much that each has to be modest.
  bool is_crowded() const { return port_->held_bytes > bounds_.crowd_bytes; }

  /// No answer is to be made until there is room again. One may go over the
  /// bound, so that a long one gets through.
  bool is_full() const {
    return is_closed_
           || under_way_ + untaken_ > (is_crowded() ? bounds_.crowded_bytes_max
                                                    : bounds_.bytes_max);
  }

  std::uint64_t under_way_bytes() const { return under_way_; }

  /// The asker counts these for the port itself.
  void set_untaken(std::uint64_t bytes) { untaken_ = bytes; }

  /// The asker is gone: nobody takes an answer any more.
  void close() { is_closed_ = true; }

  bool is_closed() const { return is_closed_; }

private:
  friend class room_share;

  void take(std::uint64_t bytes) {
    under_way_ += bytes;
    port_->held_bytes += bytes;
  }

  void give_back(std::uint64_t bytes) {
    under_way_ -= bytes;
    port_->held_bytes -= bytes;
  }

  std::shared_ptr<gateway_counters> port_;
  answer_bounds bounds_;
  std::uint64_t under_way_ = 0;
  std::uint64_t untaken_ = 0;
  bool is_closed_ = false;
};

/// What one question takes of its asker's room: nothing before its answer is
/// made, and nothing once the asker has it.
class room_share {
public:
  explicit room_share(std::shared_ptr<answer_room> room)
    : room_(std::move(room)) {}

  room_share(const room_share&) = delete;
  room_share& operator=(const room_share&) = delete;

  ~room_share() { release(); }

  bool is_refused() const { return room_->is_full(); }

  /// See answer_room::close().
  bool is_in_vain() const { return room_->is_closed(); }

  void take(std::uint64_t bytes) {
    room_->take(bytes);
    bytes_ += bytes;
  }

  void release() { room_->give_back(std::exchange(bytes_, 0)); }

private:
  std::shared_ptr<answer_room> room_;
  std::uint64_t bytes_ = 0;
};

} // namespace apogee::core
