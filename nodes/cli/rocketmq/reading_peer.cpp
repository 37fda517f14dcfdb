#include "nodes/cli/rocketmq/reading_peer.hpp"

#include "messages/remoting/field_reader.hpp"
#include "messages/remoting/frame_writer.hpp"
#include "messages/remoting/stored_message.hpp"

#include <algorithm>

namespace apogee::cli {

using remoting::response_code;

namespace {

// What RocketMQ's push consumers ask for.
constexpr std::int32_t messages_max = 32;
constexpr std::int32_t bytes_max = 256 << 10;
constexpr std::int32_t suspend_ms = 15'000;

// Bits of a pull's sysFlag.
constexpr std::int32_t commits = 1;
constexpr std::int32_t suspends = 2;
constexpr std::int32_t brings_subscription = 4;

/// After a bad answer.
constexpr std::chrono::milliseconds pause{20};

} // namespace

reading_peer::reading_peer(load_counts& counts, reading_options options,
                           std::vector<read_cursor> cursors)
  : counts_(counts), options_(std::move(options)), cursors_(std::move(cursors)),
    is_endless_(!cursors_.empty()
                && cursors_.front().end == read_cursor::endless) {
  for (std::size_t i = 0; i < cursors_.size(); ++i)
    if (cursors_[i].offset < cursors_[i].end)
      ready_.push_back(i);
  open_ = ready_.size();
}

bench_clock::time_point reading_peer::step(bench_clock::time_point now,
                                           std::vector<char>& out) {
  for (; !delayed_.empty() && delayed_.front().first <= now;
       delayed_.pop_front())
    ready_.push_back(delayed_.front().second);
  for (const auto index : ready_)
    pull(index, out);
  ready_.clear();
  return delayed_.empty() ? never : delayed_.front().first;
}

void reading_peer::pull(std::size_t index, std::vector<char>& out) {
  const auto& from = cursors_[index];
  const auto flags = brings_subscription | (is_endless_ ? suspends : 0)
                     | (is_endless_ && from.offset > 0 ? commits : 0);
  remoting::frame_writer writer{
    out, remoting::serialize_type::json,
    remoting::request_to_client(remoting::request_code::pull_message,
                                static_cast<std::int32_t>(index), false)};
  writer.field("bname", from.queue.broker_name);
  writer.field("commitOffset", (flags & commits) != 0 ? from.offset : 0);
  writer.field("consumerGroup", options_.group);
  writer.field("expressionType", options_.expression_type);
  writer.field("maxMsgBytes", bytes_max);
  writer.field("maxMsgNums", messages_max);
  writer.field("queueId", from.queue.number);
  writer.field("queueOffset", from.offset);
  writer.field("subVersion", 1);
  writer.field("subscription", options_.expression);
  writer.field("suspendTimeoutMillis", suspend_ms);
  writer.field("sysFlag", flags);
  writer.field("topic", from.queue.topic);
  APOGEE_CHECK(writer.finish());
}

void reading_peer::on_answer(const remoting::command& answer,
                             bench_clock::time_point now) {
  const auto index = static_cast<std::size_t>(answer.opaque);
  if (index >= cursors_.size())
    return;
  auto& from = cursors_[index];
  switch (static_cast<response_code>(answer.code)) {
  case response_code::success:
    take_messages(from, answer.body, now);
    [[fallthrough]];
  case response_code::pull_not_found:
  case response_code::pull_retry_immediately:
  case response_code::pull_offset_moved:
    take_offset(from, answer, now);
    break;
  default:
    counts_.refuse(1, answer);
    delayed_.emplace_back(now + pause, index);
    return;
  }
  if (from.offset < from.end)
    ready_.push_back(index);
  else
    --open_;
}

void reading_peer::take_messages(read_cursor& from, std::string_view body,
                                 bench_clock::time_point now) {
  auto expected = from.offset;
  while (!body.empty()) {
    const auto taken = remoting::take_stored_message(body);
    if (!taken) {
      counts_.fail(1, taken.error());
      return;
    }
    if (!filters() && taken->queue_offset != expected)
      counts_.fail(1, {errc::corrupt, from.queue.topic + " queue "
                                        + std::to_string(from.queue.number)
                                        + " has no offset "
                                        + std::to_string(expected)});
    expected = taken->queue_offset + 1;
    ++counts_.received_total;
    const auto intended = read_stamp(taken->body);
    if (counts_.groups > 0 && counts_.window.contains(intended))
      counts_.arrived.record(elapsed_ns(intended, now));
    if (counts_.window.contains(now)) {
      ++counts_.received;
      counts_.received_bytes += taken->body.size();
    }
  }
}

void reading_peer::take_offset(read_cursor& from,
                               const remoting::command& answer,
                               bench_clock::time_point now) {
  remoting::field_reader fields{answer};
  const auto next = fields.int64("nextBeginOffset");
  if (!fields.outcome()) {
    counts_.fail(1, fields.outcome().error());
    return;
  }
  if (next > from.offset && counts_.window.contains(now))
    counts_.scanned += static_cast<std::uint64_t>(next - from.offset);
  from.offset = std::max<std::int64_t>(next, 0);
}

bool reading_peer::is_done(bench_clock::time_point now) const {
  if (!is_endless_)
    return open_ == 0;
  return counts_.senders == 0
         && (now >= counts_.window.end || counts_.groups > 0)
         && counts_.received_total >= counts_.sent_total * counts_.groups;
}

} // namespace apogee::cli
