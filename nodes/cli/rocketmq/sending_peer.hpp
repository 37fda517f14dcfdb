#pragma once

#include "nodes/cli/rocketmq/load_peer.hpp"
#include "nodes/cli/rocketmq/rocketmq_cluster.hpp"

#include <optional>

namespace apogee::cli {

/// Every hundredth message has the tag "tag0" and the number 0 as a property;
/// the others have other ones.
inline constexpr std::uint64_t filter_values = 100;
inline constexpr auto filter_tag = "tag0";
inline constexpr auto filter_sql = "number = 0";

struct sending_options {
  std::string group = "apogee-bench";
  std::size_t connections = 1; ///< that share messages and rate
  std::size_t in_flight_max = 1;
  std::size_t batch = 1; ///< messages of a request
  std::size_t body_bytes = 1024;
  double rate = 0; ///< messages per second of all; 0: as fast as answered
  bool is_oneway = false;
  bool has_filter_values = false;
};

/// Sends to its queues in turn: so many requests in flight, or at a fixed rate;
/// what is late then still counts from when it was due.
class sending_peer : public load_peer {
public:
  /// `number`: which of the connections it is. All queues are of one broker.
  sending_peer(load_counts& counts, const sending_options& options,
               std::size_t number, std::vector<load_queue> queues);

  bench_clock::time_point step(bench_clock::time_point now,
                               std::vector<char>& out) override;
  void on_answer(const remoting::command& answer,
                 bench_clock::time_point now) override;
  bool is_done(bench_clock::time_point now) const override;
  void finish() override;

private:
  /// A request in flight; its index is the request's opaque.
  struct slot {
    bench_clock::time_point intended;
    std::uint64_t messages = 0; ///< 0: free
  };

  bench_clock::time_point due() const;
  bool has_more(bench_clock::time_point now) const;
  void send(bench_clock::time_point intended, bench_clock::time_point now,
            std::vector<char>& out);
  const std::string& next_properties();
  void count_sent(std::uint64_t messages, bench_clock::time_point now);

  load_counts& counts_;
  const sending_options options_;
  const std::size_t number_;
  const std::vector<load_queue> queues_;
  std::optional<bench_clock::time_point> started_;
  std::uint64_t requests_ = 0;
  std::uint64_t messages_ = 0;
  std::vector<slot> slots_;
  std::vector<std::int32_t> free_; ///< indexes
  std::string body_;
  std::string properties_;
  std::size_t unique_end_ = 0; ///< of the part that all messages have
};

} // namespace apogee::cli
