#pragma once

#include "config/load.hpp"
#include "nodes/running_node.hpp"

#include <functional>
#include <string>
#include <vector>

namespace apogee::nodes {

/// A node as a process of its own: starts it, prints `ready_line` (also told to
/// systemd) when everything runs, and stops it on SIGTERM or SIGINT; a second
/// signal ends the process at once. Returns the exit code: 0 when it was told
/// to stop, 1 when it could not start or gave up, with the reason on the
/// standard error output. Call it from main(), before any thread was started.
int run_node_process(const std::vector<config::caf_option>& caf_options,
                     const std::function<result<node_plan>()>& make_plan,
                     const std::function<std::string()>& ready_line);

/// Prints what happens in this process besides the supervision log.
void note(const std::string& line);

} // namespace apogee::nodes
