#pragma once

#include "actors/handle_provider.hpp"
#include "actors/supervision/child_spec.hpp"

#include <string>
#include <utility>

namespace apogee::nodes {

/// The present handle of an actor of the tree, each time it is asked for.
template <class Handle>
handle_provider<Handle> provide(const supervision::start_context& start,
                                std::string path) {
  return [start, path = std::move(path)] { return start.at<Handle>(path); };
}

} // namespace apogee::nodes
