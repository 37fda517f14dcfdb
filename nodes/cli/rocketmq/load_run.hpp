#pragma once

#include "nodes/cli/process_usage.hpp"
#include "nodes/cli/progress.hpp"
#include "nodes/cli/rocketmq/load_loop.hpp"
#include "nodes/cli/rocketmq/reading_peer.hpp"
#include "nodes/cli/rocketmq/rocketmq_bench.hpp"

#include <map>
#include <optional>

namespace apogee::cli {

/// One load with its topics, connections and meters.
class load_run {
public:
  load_run(const rocketmq_load& load, const interruption& user);

  /// Deletes the topics that are its own.
  ~load_run();

  load_run(const load_run&) = delete;
  load_run& operator=(const load_run&) = delete;

  rocketmq_cluster& cluster() { return cluster_; }

  /// Names of the load's topics.
  std::vector<std::string> topics() const;

  /// Creates the topics one after the other and records how long each took, in
  /// ns. Those that are its own are deleted in the end.
  result<void> create_topics(histogram& latency);

  /// Creates the topics if they are its own, and finds all their queues.
  result<void> prepare();

  const std::vector<load_queue>& queues() const { return queues_; }

  /// Messages that the queues have ever held.
  result<std::uint64_t> stored();

  // -- connections, once it is prepared ---------------------------------------
  result<void> add_senders();

  /// Spreads the cursors over at most `connections` of one group.
  result<void> add_readers(std::vector<read_cursor> cursors,
                           const reading_options& options,
                           std::size_t connections);

  /// Cursors from the offsets that `which` tells to the end they have now, or
  /// endless ones.
  result<std::vector<read_cursor>> cursors(remoting::request_code which,
                                           bool is_endless);

  /// Blocks until the load is over. `is_timed`: it lasts as long as it shall,
  /// not until all messages are through.
  result<bench_result> run(const std::string& name, bool is_timed);

  load_counts& counts() { return counts_; }

private:
  void add_failures(bench_result& out) const;
  bool on_turn(bench_clock::time_point now);

  result<process_usage> broker_usage() const {
    return usage_of(load_.broker_processes);
  }

  const rocketmq_load& load_;
  const interruption& user_;
  rocketmq_cluster cluster_;
  std::vector<std::string> created_; ///< own topics
  std::vector<load_queue> queues_;
  load_counts counts_;
  load_loop loop_;
  progress_display progress_;
  bench_clock::time_point start_;
  process_usage broker_before_; ///< before any connection
  std::optional<process_usage> client_begin_, client_end_; ///< of the window
  std::optional<process_usage> broker_begin_, broker_end_;
};

/// `before`: of any connection; CPU counts from `begin`.
broker_cost cost_between(const process_usage& before,
                         const process_usage& begin, const process_usage& end);

} // namespace apogee::cli
