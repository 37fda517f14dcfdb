#pragma once

#include "config/load.hpp"

#include <caf/actor_system_config.hpp>

#include <functional>
#include <string>
#include <vector>

namespace apogee::config {

/// What a node's actor system starts with: our defaults for CAF's options, then
/// what the user wrote into CAF's own sections; the middleman is loaded. CAF
/// itself reads neither a command line nor a file, so that nothing is dropped
/// without a word.
///
/// Message types are added by the program: `add_message_types<…>()`.
class system_config : public caf::actor_system_config {
public:
  /// `options` come from `load`, which has checked them.
  explicit system_config(const std::vector<caf_option>& options = {});

  /// Told why a native peer was cut off (see io_loop). Called in
  /// the I/O thread; set before the actor system starts.
  std::function<void(const std::string&)> on_refused_peer;
};

} // namespace apogee::config
