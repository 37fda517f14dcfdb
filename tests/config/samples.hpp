#pragma once

#include "config/explain.hpp"
#include "config/sample.hpp"

#include <string>
#include <vector>

namespace apogee::config {

struct sample {
  std::string file;
  std::string content;
};

/// The sample files as they have to be.
inline std::vector<sample> samples() {
  return {
    {"standalone.ini",
     sample_file("apogee standalone", defaults_of<standalone_config>())},
    {"nameserver.ini",
     sample_file("apogee-nameserver", defaults_of<nameserver_config>())},
    {"broker.ini", sample_file("apogee-broker", defaults_of<broker_config>())},
  };
}

} // namespace apogee::config
