#include "nodes/cli/rocketmq/load_run.hpp"

#include "nodes/cli/commands.hpp"

#include <algorithm>
#include <utility>

namespace apogee::cli {

namespace {

constexpr auto forever = bench_clock::time_point::max();

std::map<std::string, std::vector<load_queue>>
by_address(const std::vector<load_queue>& queues) {
  std::map<std::string, std::vector<load_queue>> out;
  for (const auto& queue : queues)
    out[queue.address].push_back(queue);
  return out;
}

} // namespace

load_run::load_run(const rocketmq_load& load, const interruption& user)
  : load_(load), user_(user), cluster_(load.nameserver, load.timeout),
    loop_(counts_.window, load.timeout) {
  // Before there are connections, all may send.
  counts_.window = {bench_clock::now(), forever};
}

load_run::~load_run() {
  for (const auto& topic : created_)
    if (const auto deleted = cluster_.delete_topic(topic); !deleted) {
      print_note("topic " + topic
                 + " was not deleted: " + deleted.error().text);
      return;
    }
}

std::vector<std::string> load_run::topics() const {
  if (load_.topics == 1)
    return {load_.topic};
  std::vector<std::string> out;
  for (std::uint32_t i = 0; i < load_.topics; ++i)
    out.push_back(load_.topic + "-" + std::to_string(i));
  return out;
}

result<void> load_run::create_topics(histogram& latency) {
  const auto masters = cluster_.masters();
  if (!masters)
    return masters.error();
  for (const auto& topic : topics()) {
    if (user_.is_requested())
      return {errc::closed, "interrupted"};
    if (load_.is_own_topic)
      created_.push_back(topic);
    const auto start = bench_clock::now();
    for (const auto& master : *masters)
      if (auto made = cluster_.create_topic(master, topic, load_.queues); !made)
        return made;
    latency.record(elapsed_ns(start, bench_clock::now()));
  }
  return {};
}

result<void> load_run::prepare() {
  histogram not_wanted;
  if (load_.is_own_topic)
    if (auto created = create_topics(not_wanted); !created)
      return created;
  const auto wait =
    load_.is_own_topic ? load_.timeout : std::chrono::milliseconds{0};
  for (const auto& topic : topics()) {
    auto found = cluster_.find_queues(topic, wait);
    if (!found)
      return found.error();
    if (load_.is_own_topic)
      if (auto there = cluster_.await_readable(found->front(), wait); !there)
        return there;
    std::move(found->begin(), found->end(), std::back_inserter(queues_));
  }
  // Sends in turn go to all topics before they come back to the first.
  std::stable_sort(
    queues_.begin(), queues_.end(),
    [](const auto& a, const auto& b) { return a.number < b.number; });
  const auto usage = broker_usage();
  if (!usage)
    return usage.error();
  broker_before_ = *usage;
  return {};
}

result<std::uint64_t> load_run::stored() {
  std::uint64_t out = 0;
  for (const auto& queue : queues_) {
    const auto end =
      cluster_.offset(queue, remoting::request_code::get_max_offset);
    if (!end)
      return end.error();
    out += static_cast<std::uint64_t>(std::max<std::int64_t>(*end, 0));
  }
  return out;
}

result<void> load_run::add_senders() {
  if (load_.messages > 0)
    counts_.messages_left = load_.messages;
  const auto brokers = by_address(queues_);
  auto next = brokers.begin();
  for (std::size_t i = 0; i < load_.sending.connections; ++i) {
    auto peer =
      std::make_unique<sending_peer>(counts_, load_.sending, i, next->second);
    if (auto added = loop_.add(std::move(peer), next->first); !added)
      return added;
    if (++next == brokers.end())
      next = brokers.begin();
  }
  return {};
}

result<std::vector<read_cursor>> load_run::cursors(remoting::request_code which,
                                                   bool is_endless) {
  std::vector<read_cursor> out;
  for (const auto& queue : queues_) {
    const auto begin = cluster_.offset(queue, which);
    if (!begin)
      return begin.error();
    result<std::int64_t> end = read_cursor::endless;
    if (!is_endless)
      end = cluster_.offset(queue, remoting::request_code::get_max_offset);
    if (!end)
      return end.error();
    out.push_back({queue, std::max<std::int64_t>(*begin, 0), *end});
  }
  return out;
}

result<void> load_run::add_readers(std::vector<read_cursor> cursors,
                                   const reading_options& options,
                                   std::size_t connections) {
  std::map<std::string, std::vector<std::vector<read_cursor>>> shares;
  for (std::size_t i = 0; i < cursors.size(); ++i) {
    auto& of_broker = shares[cursors[i].queue.address];
    of_broker.resize(std::min(connections, cursors.size()));
    of_broker[i % of_broker.size()].push_back(std::move(cursors[i]));
  }
  for (auto& [address, of_broker] : shares)
    for (auto& share : of_broker) {
      if (share.empty())
        continue;
      auto peer =
        std::make_unique<reading_peer>(counts_, options, std::move(share));
      if (auto added = loop_.add(std::move(peer), address); !added)
        return added;
    }
  return {};
}

bool load_run::on_turn(bench_clock::time_point now) {
  auto& window = counts_.window;
  const auto measure = [&](auto& client, auto& broker) {
    if (const auto own = usage_of({getpid()}))
      client = *own;
    if (const auto all = broker_usage())
      broker = *all;
  };
  if (!client_begin_ && now >= window.begin)
    measure(client_begin_, broker_begin_);
  if (!client_end_ && now >= window.end)
    measure(client_end_, broker_end_);
  progress_state state;
  state.messages = std::max(counts_.sent_total, counts_.received_total);
  state.bytes = state.messages * load_.sending.body_bytes;
  if (window.end != forever)
    state.elapsed_total =
      std::chrono::ceil<std::chrono::milliseconds>(window.end - start_);
  else if (load_.messages > 0)
    state.messages_total = load_.messages;
  progress_.update(state);
  return !user_.is_requested();
}

result<bench_result> load_run::run(const std::string& name, bool is_timed) {
  start_ = bench_clock::now();
  auto& window = counts_.window;
  window.begin = start_ + (is_timed ? load_.warm_up : load_.warm_up * 0);
  window.end = is_timed ? window.begin + load_.duration : forever;
  auto outcome =
    loop_.run([this](bench_clock::time_point now) { return on_turn(now); });
  progress_.clear();
  if (!outcome)
    return outcome.error();
  const auto ended = std::min(bench_clock::now(), window.end);
  if (!client_end_) {
    window.end = ended;
    on_turn(ended);
  }
  bench_result out;
  out.name = name;
  out.seconds =
    std::chrono::duration<double>{
      std::max(ended - window.begin, bench_clock::duration{1})}
      .count();
  out.rate_wanted = load_.sending.rate;
  add_failures(out);
  if (client_begin_ && client_end_)
    out.client_cpu_seconds =
      client_end_->cpu_seconds - client_begin_->cpu_seconds;
  if (!load_.broker_processes.empty() && broker_begin_ && broker_end_)
    out.broker = cost_between(broker_before_, *broker_begin_, *broker_end_);
  return out;
}

broker_cost cost_between(const process_usage& before,
                         const process_usage& begin, const process_usage& end) {
  return {end.cpu_seconds - begin.cpu_seconds, before.resident_bytes,
          end.resident_bytes, end.resident_bytes_max, end.anonymous_bytes};
}

void load_run::add_failures(bench_result& out) const {
  out.failures = counts_.failures;
  out.first_failure = counts_.first_failure;
  for (const auto& [code, count] : counts_.bad_answers)
    out.details.emplace_back("answers with code " + std::to_string(code),
                             static_cast<double>(count));
}

} // namespace apogee::cli
