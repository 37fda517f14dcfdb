#pragma once

#include "messages/remoting/command.hpp"
#include "nodes/cli/bench_load.hpp"
#include "nodes/cli/histogram.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace apogee::cli {

/// What counts: a throughput what is finished in this time, a latency what was
/// meant to start in it.
struct load_window {
  bench_clock::time_point begin;
  bench_clock::time_point end; ///< nothing is sent from then on

  bool contains(bench_clock::time_point time) const {
    return time >= begin && time < end;
  }
};

/// What the connections of one load share and count.
struct load_counts {
  load_window window;
  std::uint64_t messages_left = UINT64_MAX; ///< that senders may still send
  std::size_t senders = 0;                  ///< that are not done
  std::size_t groups = 0;                   ///< that read everything

  // -- all the time -----------------------------------------------------------
  std::uint64_t sent_total = 0; ///< acknowledged; one-way: sent
  std::uint64_t received_total = 0;
  std::uint64_t failures = 0;
  std::map<std::int32_t, std::uint64_t> bad_answers; ///< by response code
  failure first_failure;

  // -- in the window ----------------------------------------------------------
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
  std::uint64_t received_bytes = 0;
  std::uint64_t scanned = 0; ///< what a reader has gone past, filtered or not
  histogram acknowledged;    ///< ns from a send's start to its answer
  histogram arrived; ///< ns from a send's start to the message's arrival

  void fail(std::uint64_t messages, failure why) {
    failures += messages;
    if (first_failure.code == errc::none)
      first_failure = std::move(why);
  }

  void refuse(std::uint64_t messages, const remoting::command& answer) {
    ++bad_answers[answer.code];
    fail(messages,
         {errc::invalid_argument, "answer " + std::to_string(answer.code) + ": "
                                    + std::string{answer.remark}});
  }
};

inline std::uint64_t elapsed_ns(bench_clock::time_point from,
                                bench_clock::time_point to) {
  return to > from ? static_cast<std::uint64_t>((to - from).count()) : 0;
}

/// What one connection of a load does, without socket and clock: time and
/// answers in, requests out.
class load_peer {
public:
  /// Never, for step().
  static constexpr auto never = bench_clock::time_point::max();

  virtual ~load_peer() = default;

  /// Appends the requests that are due. Returns when to be called again unless
  /// an answer comes before.
  virtual bench_clock::time_point step(bench_clock::time_point now,
                                       std::vector<char>& out) = 0;

  virtual void on_answer(const remoting::command& answer,
                         bench_clock::time_point now) = 0;

  virtual bool is_done(bench_clock::time_point now) const = 0;

  /// Called once, when it is done or the load is broken off: what is
  /// unanswered has failed.
  virtual void finish() {}
};

} // namespace apogee::cli
