#pragma once

#include "actors/broker/context.hpp"
#include "actors/supervision/child_spec.hpp"

#include <functional>
#include <memory>
#include <string>

namespace apogee::nodes {

inline constexpr auto retry_service_path = "node/special/retry_service";

struct special_options {
  std::shared_ptr<const broker::context> shared;
  std::function<void(const std::string&)> note;
};

/// The supervisor of what the broker does with messages beyond storing them:
/// delays, retries, dead letters.
supervision::child_spec special_tree(const special_options& options);

} // namespace apogee::nodes
