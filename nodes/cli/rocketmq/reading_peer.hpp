#pragma once

#include "nodes/cli/rocketmq/load_peer.hpp"
#include "nodes/cli/rocketmq/rocketmq_cluster.hpp"

#include <deque>
#include <limits>
#include <utility>

namespace apogee::cli {

/// A queue on its way from `offset` to `end`.
struct read_cursor {
  /// Without end: waits for what comes, by long polling.
  static constexpr auto endless = std::numeric_limits<std::int64_t>::max();

  load_queue queue;
  std::int64_t offset = 0;
  std::int64_t end = endless;
};

struct reading_options {
  std::string group = "apogee-bench";
  std::string expression = "*";
  std::string expression_type = "TAG";
};

/// Reads its queues, one pull in flight for each, as a push consumer does: it
/// commits with the next pull, and waits at the broker for 15 s.
class reading_peer : public load_peer {
public:
  /// The cursors are all endless or none is.
  reading_peer(load_counts& counts, reading_options options,
               std::vector<read_cursor> cursors);

  bench_clock::time_point step(bench_clock::time_point now,
                               std::vector<char>& out) override;
  void on_answer(const remoting::command& answer,
                 bench_clock::time_point now) override;
  bool is_done(bench_clock::time_point now) const override;

private:
  void pull(std::size_t index, std::vector<char>& out);
  void take_messages(read_cursor& from, std::string_view body,
                     bench_clock::time_point now);
  void take_offset(read_cursor& from, const remoting::command& answer,
                   bench_clock::time_point now);

  bool filters() const { return options_.expression != "*"; }

  load_counts& counts_;
  const reading_options options_;
  std::vector<read_cursor> cursors_;
  bool is_endless_;
  std::size_t open_ = 0; ///< cursors that have not reached their end
  std::vector<std::size_t> ready_;
  std::deque<std::pair<bench_clock::time_point, std::size_t>> delayed_;
};

} // namespace apogee::cli
