#pragma once

#include "config/setting.hpp"

#include <string>
#include <vector>

namespace apogee::config {

/// A configuration file that lists every setting with its sentence, bounds and
/// default. `program` is what it is for: "standalone", "nameserver", "broker".
std::string sample_file(const std::string& program,
                        const std::vector<setting_words>& settings);

} // namespace apogee::config
