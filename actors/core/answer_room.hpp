#pragma once

#include <cstdint>
#include <memory>
#include <utility>

namespace apogee::core {

/// How many bytes of answers one asker may have in memory: those that are under
/// way to it, and those that it has and its client has not taken. Belongs to
/// the thread that asker and answerers share.
class answer_room {
public:
  /// No answer is to be made until there is room again. One may go over the
  /// bound, so that a long one gets through.
  bool is_full() const { return is_closed_ || under_way_ + untaken_ > max_; }

  std::uint64_t under_way_bytes() const { return under_way_; }

  void set(std::uint64_t untaken_bytes, std::uint64_t bytes_max) {
    untaken_ = untaken_bytes;
    max_ = bytes_max;
  }

  /// The asker is gone: nobody takes an answer any more.
  void close() { is_closed_ = true; }

  bool is_closed() const { return is_closed_; }

private:
  friend class room_share;

  std::uint64_t under_way_ = 0;
  std::uint64_t untaken_ = 0;
  std::uint64_t max_ = 0;
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
    room_->under_way_ += bytes;
    bytes_ += bytes;
  }

  void release() { room_->under_way_ -= std::exchange(bytes_, 0); }

private:
  std::shared_ptr<answer_room> room_;
  std::uint64_t bytes_ = 0;
};

} // namespace apogee::core
