#include "nodes/cli/json_text.hpp"

#include <nlohmann/json.hpp>

namespace apogee::cli {

std::string json_text(const nlohmann::ordered_json& json) {
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace)
         + "\n";
}

} // namespace apogee::cli
