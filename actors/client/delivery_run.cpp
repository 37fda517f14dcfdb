#include "actors/client/delivery_run.hpp"

#include "actors/client/pull_reply_reading.hpp"
#include "messages/record.hpp"
#include "messages/remoting/properties.hpp"

#include <algorithm>
#include <utility>

namespace apogee::client {

namespace {

/// The topic that a message of a retry topic was sent to.
std::string_view origin_of(const received_message& message) {
  for (const auto& [name, value] : message.properties)
    if (name == remoting::property_names::retry_topic)
      return value;
  return message.stored_topic;
}

} // namespace

delivery_run::delivery_run(const listener& user, bool is_ordered,
                           std::size_t slice,
                           const std::atomic<bool>& is_stopping,
                           delivery&& work)
  : user_(user), is_ordered_(is_ordered), slice_(slice),
    is_stopping_(is_stopping), work_(std::move(work)),
    finished_begin_(work_.begin), finished_end_(work_.begin),
    reported_(std::chrono::steady_clock::now()) {}

void delivery_run::next_slice() {
  const auto damage = decode(slice_);
  const auto step = user_.single ? std::size_t{1} : records_.size();
  for (std::size_t i = 0; i < records_.size() && !is_over_; i += step) {
    if (must_end())
      break;
    if (!handle({i, step}) && is_ordered_)
      is_over_ = true;
  }
  if (damage && !is_over_ && !must_end()) {
    is_over_ = true;
    report_finished(false);
    delivery_event event;
    event.what = delivery_event::kind::damaged;
    event.begin = work_.begin;
    event.end = {work_.begin.value + 1};
    event.bytes = work_.records.size();
    event.why = *damage;
    work_.records = {};
    report(std::move(event));
  }
  report_interim();
}

/// Moves up to `count_max` messages from work_ to messages_; a failure when the
/// record behind them does not decode.
std::optional<failure> delivery_run::decode(std::size_t count_max) {
  count_max = std::min<std::size_t>(count_max, std::max(work_.count, 1u));
  messages_.resize(std::max(messages_.size(), count_max));
  records_.clear();
  std::optional<failure> damage;
  while (records_.size() < count_max && !work_.records.empty()) {
    auto& message = messages_[records_.size()];
    const auto before = work_.records;
    if (auto taken = take_message(work_.records, message); !taken) {
      damage = taken.error();
      break;
    }
    message.broker = work_.lease->broker;
    message.stored_topic = work_.lease->queue.topic;
    message.topic =
      work_.lease->is_retry ? origin_of(message) : message.stored_topic;
    records_.push_back(before.first(before.size() - work_.records.size()));
    work_.begin = {message.offset.value + 1};
    if (work_.count > 0)
      --work_.count;
  }
  if (work_.records.empty())
    work_.begin = work_.end;
  slice_end_ = work_.begin;
  return damage;
}

consume_result delivery_run::call_listener(const unit& x) const {
  try {
    const std::span<const received_message> messages{&messages_[x.first],
                                                     x.count};
    return user_.single ? user_.single(messages.front())
                        : user_.batch(messages);
  } catch (...) { // NOLINT: an exception of user code is a failure
    return consume_result::retry;
  }
}

bool delivery_run::handle(const unit& x) {
  const auto end_index = x.first + x.count;
  const auto begin = messages_[x.first].offset;
  const auto end =
    end_index < records_.size() ? messages_[end_index].offset : slice_end_;
  const auto* bytes_begin = records_[x.first].data();
  const auto bytes_end =
    records_[end_index - 1].data() + records_[end_index - 1].size();
  const auto failures = std::exchange(work_.failures, 0);
  for (auto i = x.first; i < end_index; ++i)
    messages_[i].reconsume_times += failures;
  const auto outcome = call_listener(x);
  if (outcome == consume_result::success) {
    finished_end_ = end;
    finished_bytes_ += static_cast<std::size_t>(bytes_end - bytes_begin);
    return true;
  }
  finished_end_ = begin;
  report_finished(false);
  delivery_event event;
  event.rest = {work_.lease, work_.reply, {bytes_begin, bytes_end},
                begin,       end,         static_cast<std::uint32_t>(x.count),
                failures};
  if (outcome == consume_result::later) {
    event.what = delivery_event::kind::postponed;
  } else {
    event.what = delivery_event::kind::failed;
    event.failed_count = event.rest.count;
    ++event.rest.failures;
  }
  if (is_ordered_) {
    const auto* all_end = work_.records.empty()
                            ? records_.back().data() + records_.back().size()
                            : work_.records.data() + work_.records.size();
    event.rest.records = {bytes_begin, all_end};
    event.rest.end = work_.end;
    event.rest.count =
      work_.count + static_cast<std::uint32_t>(records_.size() - x.first);
    work_.records = {};
  }
  finished_begin_ = end;
  finished_end_ = end;
  report(std::move(event));
  return false;
}

std::optional<delivery> delivery_run::split_off_half() {
  if (work_.count <= slice_)
    return {};
  const auto keep = work_.count / 2;
  auto rest = work_.records;
  for (std::uint32_t i = 0; i < keep; ++i) {
    const auto header = decode_record_header(rest);
    if (!header || header->size_bytes >= rest.size())
      return {}; // it is found, and reported, when its turn comes
    rest = rest.subspan(header->size_bytes);
  }
  const auto next = decode_record_header(rest);
  if (!next)
    return {};
  delivery half{work_.lease,         work_.reply, rest,
                next->fields.offset, work_.end,   work_.count - keep};
  work_.records = work_.records.first(work_.records.size() - rest.size());
  work_.end = next->fields.offset;
  work_.count = keep;
  work_.lease->open_deliveries.fetch_add(1);
  return half;
}

void delivery_run::finish() {
  finished_bytes_ += work_.records.size(); // given up
  report_finished(true);
}

void delivery_run::report(delivery_event event) {
  event.lease = work_.lease;
  const auto events = work_.lease->events;
  events->push(std::move(event));
  reported_ = std::chrono::steady_clock::now();
}

void delivery_run::report_finished(bool is_last) {
  if (!is_last && finished_begin_ == finished_end_)
    return;
  delivery_event event;
  event.begin = finished_begin_;
  event.end = finished_end_;
  event.bytes = std::exchange(finished_bytes_, 0);
  event.is_last = is_last;
  finished_begin_ = finished_end_;
  report(std::move(event));
}

void delivery_run::report_interim() {
  if (finished_begin_ < finished_end_
      && std::chrono::steady_clock::now() - reported_
           > delivery_report_interval)
    report_finished(false);
}

} // namespace apogee::client
