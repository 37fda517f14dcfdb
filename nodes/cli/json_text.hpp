#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace apogee::cli {

/// As commands print it; bytes that are no text in UTF-8 are replaced.
std::string json_text(const nlohmann::ordered_json& json);

} // namespace apogee::cli
