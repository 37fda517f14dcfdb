#include "actors/client/send_buffer.hpp"

#include "actors/client/message_encoding.hpp"

#include <algorithm>
#include <utility>

namespace apogee::client {

namespace {

constexpr std::size_t spare_batches_max = 8;

std::int64_t wall_clock_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch())
    .count();
}

failure closed_failure() {
  return {errc::closed, "the producer was stopped"};
}

} // namespace

send_buffer::send_buffer(send_limits limits, std::function<steady_time()> clock)
  : limits_(limits), clock_(std::move(clock)) {}

result<void> send_buffer::put(const message& msg, send_callback&& done,
                              when_full policy) {
  if (msg.topic.empty())
    return {errc::invalid_argument, "the message names no topic"};
  if (msg.body.size() > limits_.message_size_max)
    return {errc::message_too_large,
            "a body of " + std::to_string(msg.body.size())
              + " bytes is over the limit of "
              + std::to_string(limits_.message_size_max)
              + " (message_size_max)"};
  if (auto sound = check_properties(msg); !sound)
    return sound;
  const auto words_max = encoded_words_max(msg);
  const auto born_time_ms = wall_clock_ms();
  const auto deadline = clock_() + limits_.timeout; // waiting for room counts
  bool wake = false;
  {
    std::unique_lock lock{mutex_};
    if (auto room = wait_for_room(lock, charge(words_max), policy); !room)
      return room;
    const bool sharded = !msg.shard_key.empty();
    auto& batch = open_batch(index_of(msg.topic), sharded, words_max);
    const auto begin = batch.words.size();
    batch.words.resize(begin + words_max);
    const auto words =
      encode_message(msg, born_time_ms, std::span{batch.words}.subspan(begin));
    batch.words.resize(begin + words);
    batch.messages.push_back(
      {std::move(done), deadline,
       sharded ? std::hash<std::string>{}(msg.shard_key) : 0,
       static_cast<std::uint32_t>(words), false});
    ++unanswered_;
    in_flight_bytes_ += charge(words);
    wake = note_pending(words * sizeof(std::uint64_t));
  }
  if (wake)
    wake_();
  return {};
}

result<void> send_buffer::wait_for_room(std::unique_lock<std::mutex>& lock,
                                        std::size_t bytes, when_full policy) {
  // One message passes whatever its size, so that none is refused for ever.
  const auto is_ready = [&] {
    return is_closed_ || in_flight_bytes_ == 0
           || in_flight_bytes_ + bytes <= limits_.in_flight_bytes_max;
  };
  if (!is_ready()) {
    bool ready = false;
    if (policy == when_full::wait && !actor_lifetime::must_not_wait()) {
      ++waiting_;
      ready = room_.wait_for(lock, limits_.timeout, is_ready);
      --waiting_;
    }
    if (!ready)
      return {errc::busy, std::to_string(in_flight_bytes_)
                            + " bytes are not answered yet and the limit is "
                            + std::to_string(limits_.in_flight_bytes_max)
                            + " (in_flight_bytes_max); slow down"};
  }
  if (is_closed_)
    return closed_failure();
  return {};
}

topic_index send_buffer::index_of(std::string_view topic) {
  if (!names_.empty() && *names_[last_topic_.value] == topic)
    return last_topic_;
  const auto found = indices_.find(topic);
  if (found != indices_.end())
    return last_topic_ = found->second;
  last_topic_ = {static_cast<std::uint32_t>(names_.size())};
  names_.push_back(std::make_unique<std::string>(topic));
  lanes_.emplace_back();
  indices_.emplace(*names_.back(), last_topic_);
  return last_topic_;
}

outgoing_batch& send_buffer::open_batch(topic_index topic, bool sharded,
                                        std::size_t words) {
  auto& opened = lanes_[topic.value];
  auto*& open = sharded ? opened.sharded : opened.plain;
  if (open != nullptr
      && open->size_bytes() + words * sizeof(std::uint64_t)
           <= limits_.batch_bytes_max)
    return *open;
  if (spare_.empty()) {
    pending_.push_back(std::make_unique<outgoing_batch>());
  } else {
    pending_.push_back(std::move(spare_.back()));
    spare_.pop_back();
  }
  open = pending_.back().get();
  open->topic = topic;
  open->is_sharded = sharded;
  open->is_alone = false;
  open->attempts = 0;
  return *open;
}

/// Whether the actor has to be woken: for the first message, and once more when
/// there is enough for a full request.
bool send_buffer::note_pending(std::size_t bytes) {
  pending_bytes_ += bytes;
  if (!is_signalled_) {
    is_signalled_ = true;
    is_full_signalled_ = pending_bytes_ >= full_bytes();
    return true;
  }
  if (!is_full_signalled_ && pending_bytes_ >= full_bytes()) {
    is_full_signalled_ = true;
    return true;
  }
  return false;
}

std::vector<batch_ptr> send_buffer::take() {
  std::lock_guard guard{mutex_};
  for (const auto& batch : pending_)
    lanes_[batch->topic.value] = {};
  pending_bytes_ = 0;
  is_signalled_ = false;
  is_full_signalled_ = false;
  return std::exchange(pending_, {});
}

std::size_t send_buffer::pending_bytes() const {
  std::lock_guard guard{mutex_};
  return pending_bytes_;
}

std::string send_buffer::topic_name(topic_index topic) const {
  std::lock_guard guard{mutex_};
  return *names_[topic.value];
}

void send_buffer::release(std::size_t bytes, std::size_t messages) {
  bool has_room = false;
  bool is_answered = false;
  {
    std::lock_guard guard{mutex_};
    in_flight_bytes_ -= bytes;
    unanswered_ -= messages;
    // Not before a part of the room is free: a caller that is woken for each
    // message would go to sleep again at once.
    has_room =
      waiting_ > 0 && in_flight_bytes_ <= limits_.in_flight_bytes_max / 4 * 3;
    is_answered = unanswered_ == 0;
  }
  if (has_room)
    room_.notify_all();
  if (is_answered)
    answered_.notify_all();
}

void send_buffer::recycle(batch_ptr batch) {
  batch->words.clear();
  batch->messages.clear();
  batch->avoided.clear();
  if (batch->words.capacity() * sizeof(std::uint64_t)
      > 2 * limits_.batch_bytes_max)
    return;
  std::lock_guard guard{mutex_};
  if (spare_.size() < spare_batches_max)
    spare_.push_back(std::move(batch));
}

void send_buffer::wait_until_answered() {
  std::unique_lock lock{mutex_};
  answered_.wait(lock, [this] { return unanswered_ == 0 || is_terminated_; });
}

void send_buffer::close() {
  {
    std::lock_guard guard{mutex_};
    is_closed_ = true;
  }
  room_.notify_all();
}

void send_buffer::terminate() {
  {
    std::lock_guard guard{mutex_};
    is_closed_ = true;
    is_terminated_ = true;
  }
  room_.notify_all();
  answered_.notify_all();
  lifetime.terminate();
}

} // namespace apogee::client
