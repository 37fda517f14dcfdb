#include "nodes/cli/queue_reader.hpp"

#include "nodes/cli/commands.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace apogee::cli {

namespace {

using namespace std::chrono_literals;

/// How long a broker holds a pull when there is no message.
constexpr auto pull_wait = 10'000ms;

/// Of all queues together, so that many queues do not take much memory.
constexpr std::size_t batches_bytes_max = 32u << 20;
constexpr std::size_t batch_bytes_max = 1u << 20;
constexpr std::size_t batch_bytes_min = 64u << 10;
constexpr std::uint32_t batch_messages_max = 16'384;

queue_offset first_offset(const client::queue_ends& ends, start_point from) {
  switch (from.from) {
  case schema::StartFrom::EARLIEST:
    return ends.min_offset;
  case schema::StartFrom::TIME:
    return ends.at_time;
  case schema::StartFrom::LATEST:
    break;
  }
  return ends.max_offset;
}

} // namespace

queue_reader::queue_reader(client::pull_consumer consumer,
                           reading_options options)
  : consumer_(std::move(consumer)), options_(options) {}

result<void> queue_reader::start(const std::string& topic) {
  const auto queues = consumer_.queues(topic);
  if (!queues)
    return queues.error();
  const bool by_time = options_.from.from == schema::StartFrom::TIME;
  for (const auto& queue : *queues) {
    const auto ends =
      consumer_.offsets(queue, by_time ? options_.from.time_ms : -1);
    if (!ends)
      return ends.error();
    const auto first = first_offset(*ends, options_.from);
    if (!options_.is_following && first >= ends->max_offset)
      continue;
    queues_.push_back({queue, first, ends->max_offset});
    messages_total_ += ends->max_offset.value - first.value;
  }
  unfinished_ = queues_.size();
  limits_.filter = options_.filter;
  limits_.messages_max = batch_messages_max;
  limits_.bytes_max = static_cast<std::uint32_t>(
    std::clamp(batches_bytes_max / std::max<std::size_t>(queues_.size(), 1),
               batch_bytes_min, batch_bytes_max));
  for (std::size_t i = 0; i < queues_.size(); ++i)
    pull(i);
  return {};
}

void queue_reader::pull(std::size_t index) {
  const auto& from = queues_[index];
  consumer_.pull_async(
    from.queue, from.next, options_.is_following ? pull_wait : 0ms, limits_,
    [box = inbox_, index](const result<client::pulled_batch>& batch) {
      std::lock_guard lock{box->mutex};
      box->arrivals.push_back({index, batch});
      box->filled.notify_one();
    });
}

result<client::pulled_batch>
queue_reader::next(std::chrono::milliseconds wait) {
  const auto deadline = std::chrono::steady_clock::now() + wait;
  while (!is_finished()) {
    std::optional<arrival> came;
    {
      std::unique_lock lock{inbox_->mutex};
      inbox_->filled.wait_until(lock, deadline, [this] {
        return inbox_->is_stopped || !inbox_->arrivals.empty();
      });
      if (inbox_->is_stopped || inbox_->arrivals.empty())
        break;
      came = std::move(inbox_->arrivals.front());
      inbox_->arrivals.pop_front();
    }
    if (!came->batch) {
      if (auto handled = handle(came->queue, came->batch.error()); !handled)
        return handled.error();
      continue;
    }
    is_troubled_ = false;
    auto& batch = *came->batch;
    if (auto accepted = accept(came->queue, batch); !accepted)
      return accepted.error();
    if (!batch.messages.empty())
      return std::move(batch);
  }
  return client::pulled_batch{};
}

/// Takes note of how far the queue is read, and asks for more.
result<void> queue_reader::accept(std::size_t index,
                                  client::pulled_batch& batch) {
  auto& queue = queues_[index];
  queue.next = std::max(queue.next, batch.next_offset);
  if (options_.is_following || queue.next < queue.end) {
    pull(index);
    return {};
  }
  // What came behind the end was not there at the start.
  while (!batch.messages.empty() && batch.messages.back().offset >= queue.end)
    batch.messages.pop_back();
  --unfinished_;
  return {};
}

result<void> queue_reader::handle(std::size_t index, const failure& why) {
  if (why.code == errc::offset_out_of_range)
    return skip_deleted(index);
  if (!options_.is_following || !is_transient(why.code))
    return why;
  if (!is_troubled_)
    print_note("waiting for the broker: " + why.text);
  is_troubled_ = true;
  pull(index);
  return {};
}

result<void> queue_reader::skip_deleted(std::size_t index) {
  auto& queue = queues_[index];
  const auto ends = consumer_.offsets(queue.queue);
  if (!ends)
    return ends.error();
  if (ends->min_offset <= queue.next)
    return {errc::offset_out_of_range,
            "queue " + std::to_string(queue.queue.number) + " of broker "
              + queue.queue.broker + " has no offset "
              + std::to_string(queue.next.value)
              + " any more; the broker may have lost its data"};
  queue.next = ends->min_offset;
  client::pulled_batch nothing;
  nothing.next_offset = queue.next;
  return accept(index, nothing);
}

bool queue_reader::is_finished() const {
  return unfinished_ == 0;
}

void queue_reader::stop() {
  std::lock_guard lock{inbox_->mutex};
  inbox_->is_stopped = true;
  inbox_->filled.notify_one();
}

} // namespace apogee::cli
