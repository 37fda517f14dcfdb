#pragma once

#include "actors/broker/context.hpp"
#include "actors/supervision/child_spec.hpp"
#include "store/file.hpp"

#include <functional>
#include <memory>
#include <string>

namespace apogee::nodes {

struct storage_options {
  std::shared_ptr<const broker::context> shared;
  std::shared_ptr<store::directory> log_folder;
  /// What opening the log found and how far its replay is, a line at a time.
  std::function<void(const std::string&)> note;
};

/// Names of the actors under "storage" that others look up.
inline constexpr auto flush_service_name = "flush_service";
inline constexpr auto topic_catalog_name = "topic_catalog";
inline constexpr auto group_catalog_name = "group_catalog";
inline constexpr auto dispatcher_name = "dispatcher";

/// The supervisor of everything that reads and writes the log, rest_for_one:
/// each actor uses those before it. Its first child opens the log, replaying
/// what the views do not yet have, so it has a thread of its own.
supervision::child_spec storage_tree(storage_options options);

} // namespace apogee::nodes
