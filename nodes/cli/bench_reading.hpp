#pragma once

#include "nodes/cli/bench_load.hpp"
#include "nodes/cli/bench_result.hpp"

#include <caf/actor_system.hpp>

#include <string>
#include <vector>

namespace apogee::cli {

/// Reads everything a topic holds, as fast as it comes, with one consumer.
result<bench_result> run_drain(caf::actor_system& system,
                               const std::vector<std::string>& nameservers,
                               const std::string& topic,
                               const interruption& user);

/// Sends at a fixed rate and reads at the same time; the latency is from the
/// intended time of a send to the message's arrival in this program.
result<bench_result> run_end_to_end(caf::actor_system& system,
                                    const load_options& options,
                                    const interruption& user);

} // namespace apogee::cli
