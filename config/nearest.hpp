#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace apogee::config {

/// The one of `candidates` that `word` was probably meant to be: at most a
/// third of its characters differ, are missing, too many or swapped. Empty when
/// there is none.
std::string nearest(std::string_view word,
                    const std::vector<std::string>& candidates);

} // namespace apogee::config
