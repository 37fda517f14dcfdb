#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

/// What the two brokers' figures say beside each other: pure, for tests.
namespace apogee::benchmarks {

// -- figures, by name ---------------------------------------------------------

namespace figure_names {

inline constexpr auto throughput = "msgs/s";
inline constexpr auto p50 = "p50 us";
inline constexpr auto p99 = "p99 us";
inline constexpr auto cpu = "CPU s/1M";
inline constexpr auto stored_share = "stored share";
inline constexpr auto connection_memory = "KiB/connection";
inline constexpr auto core_share = "% of a core";
inline constexpr auto idle_memory = "idle MiB";
inline constexpr auto start_time = "start s";

} // namespace figure_names

using figures = std::map<std::string, double>;

/// Those of one run of 'apogee bench --json'.
figures figures_of(const nlohmann::json& run);

/// Of each figure, the median of the rounds that have it.
figures medians(const std::vector<figures>& rounds);

// -- goals --------------------------------------------------------------------

struct goal {
  enum class wanted { at_most, at_least };
  enum class scale { ratio, absolute }; ///< to RocketMQ's, or by itself

  std::string figure;
  wanted direction = wanted::at_most;
  double value = 0;
  scale measure = scale::ratio;
  std::string remark = {}; ///< "or the disk's limit"
};

/// One line of the comparison: the rounds of both brokers.
struct comparison {
  std::string name;
  std::string description;
  std::vector<goal> goals;
  std::vector<figures> rocketmq;
  std::vector<figures> apogee;
  std::vector<std::string> problems; ///< of runs that had errors
};

/// What a goal is compared with; none when a figure is missing.
std::optional<double> measured(const comparison& row, const goal& wanted);

bool is_reached(const goal& wanted, double value);

// -- the page -----------------------------------------------------------------

/// Markdown: missed goals first, then reached ones, then every figure.
/// `conditions` stands below the title.
std::string page(const std::vector<comparison>& rows,
                 const std::string& conditions);

/// All rounds, as JSON.
std::string raw_results(const std::vector<comparison>& rows);

} // namespace apogee::benchmarks
