#include "nodes/cli/rocketmq/sending_peer.hpp"

#include "messages/remoting/batch_body.hpp"
#include "messages/remoting/frame_writer.hpp"
#include "messages/remoting/properties.hpp"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <utility>

namespace apogee::cli {

using remoting::request_code;

namespace {

/// Of requests that are appended in one step; more would only wait.
constexpr std::size_t step_bytes_max = 256u << 10;

constexpr std::size_t unique_digits = 32;
constexpr std::size_t sequence_digits = 16;

std::string property_text(std::string_view name, std::string_view value) {
  return fmt::format("{}\1{}\2", name, value);
}

void put_hex(char* end, std::uint64_t value) {
  for (std::size_t i = 0; i < sequence_digits; ++i, value >>= 4)
    *--end = "0123456789ABCDEF"[value & 0xF];
}

std::int64_t wall_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch())
    .count();
}

} // namespace

sending_peer::sending_peer(load_counts& counts, const sending_options& options,
                           std::size_t number, std::vector<load_queue> queues)
  : counts_(counts), options_(options), number_(number),
    queues_(std::move(queues)), requests_(0), slots_(options.in_flight_max),
    body_(options.body_bytes, 'x') {
  for (std::size_t i = slots_.size(); i-- > 0;)
    free_.push_back(static_cast<std::int32_t>(i));
  properties_ = property_text(remoting::property_names::unique_key,
                              fmt::format("{:0{}X}", number, unique_digits));
  unique_end_ = properties_.size() - 1;
  properties_ += property_text(remoting::property_names::wait, "true");
  ++counts_.senders;
}

bench_clock::time_point sending_peer::due() const {
  const auto turn = static_cast<double>(
    (requests_ * options_.connections + number_) * options_.batch);
  return *started_
         + std::chrono::duration_cast<bench_clock::duration>(
           std::chrono::duration<double>{turn / options_.rate});
}

bool sending_peer::has_more(bench_clock::time_point now) const {
  const auto at = options_.rate > 0 && started_ ? due() : now;
  return counts_.messages_left > 0 && at < counts_.window.end;
}

bench_clock::time_point sending_peer::step(bench_clock::time_point now,
                                           std::vector<char>& out) {
  if (!started_)
    started_ = now;
  while (!free_.empty() && has_more(now)) {
    if (out.size() >= step_bytes_max)
      return now;
    const auto intended = options_.rate > 0 ? due() : now;
    if (intended > now)
      return intended;
    send(intended, now, out);
  }
  return never;
}

void sending_peer::send(bench_clock::time_point intended,
                        bench_clock::time_point now, std::vector<char>& out) {
  const auto is_batch = options_.batch > 1;
  const auto messages =
    std::min<std::uint64_t>(options_.batch, counts_.messages_left);
  const auto& to = queues_[(number_ + requests_) % queues_.size()];
  const auto opaque = free_.back();
  remoting::frame_writer writer{
    out, remoting::serialize_type::json,
    remoting::request_to_client(is_batch ? request_code::send_batch_message
                                         : request_code::send_message_v2,
                                opaque, options_.is_oneway)};
  writer.field("a", options_.group);
  writer.field("b", to.topic);
  writer.field("c", "TBW102");
  writer.field("d", 4);
  writer.field("e", to.number);
  writer.field("f", 0);
  writer.field("g", wall_ms());
  writer.field("h", 0);
  writer.field("i", is_batch ? std::string_view{"WAIT\1true\2"}
                             : std::string_view{next_properties()});
  writer.field("j", 0);
  writer.field("k", false);
  writer.field("m", is_batch);
  writer.field("n", to.broker_name);
  write_stamp(body_, intended);
  auto& body = writer.body();
  if (is_batch)
    for (std::uint64_t i = 0; i < messages; ++i)
      remoting::append_batch_element(body, {0, body_, next_properties()});
  else
    body.insert(body.end(), body_.begin(), body_.end());
  ++requests_;
  counts_.messages_left -= messages;
  if (!writer.finish()) {
    counts_.fail(messages, {errc::message_too_large,
                            "a request is longer than 16 MiB: use a smaller "
                            "--size or --batch"});
    return;
  }
  if (options_.is_oneway) {
    count_sent(messages, now);
    return;
  }
  free_.pop_back();
  slots_[static_cast<std::size_t>(opaque)] = {intended, messages};
}

const std::string& sending_peer::next_properties() {
  put_hex(properties_.data() + unique_end_, messages_);
  if (options_.has_filter_values) {
    const auto value = messages_ % filter_values;
    properties_.resize(unique_end_ + 1);
    properties_ +=
      fmt::format("WAIT\1true\2TAGS\1tag{}\2number\1{}\2", value, value);
  }
  ++messages_;
  return properties_;
}

void sending_peer::on_answer(const remoting::command& answer,
                             bench_clock::time_point now) {
  const auto index = static_cast<std::size_t>(answer.opaque);
  if (index >= slots_.size() || slots_[index].messages == 0)
    return;
  const auto done = std::exchange(slots_[index], {});
  free_.push_back(answer.opaque);
  if (answer.code != static_cast<int>(remoting::response_code::success)) {
    counts_.refuse(done.messages, answer);
    return;
  }
  count_sent(done.messages, now);
  if (counts_.window.contains(done.intended))
    counts_.acknowledged.record(elapsed_ns(done.intended, now));
}

void sending_peer::count_sent(std::uint64_t messages,
                              bench_clock::time_point now) {
  counts_.sent_total += messages;
  if (counts_.window.contains(now))
    counts_.sent += messages;
}

bool sending_peer::is_done(bench_clock::time_point now) const {
  return free_.size() == slots_.size() && !has_more(now);
}

void sending_peer::finish() {
  std::uint64_t unanswered = 0;
  for (const auto& each : slots_)
    unanswered += each.messages;
  if (unanswered > 0)
    counts_.fail(unanswered, {errc::timeout, "no answer came in time"});
  --counts_.senders;
}

} // namespace apogee::cli
