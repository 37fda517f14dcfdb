#pragma once

#include "actors/broker/context.hpp"
#include "actors/remoting/tls_context.hpp"
#include "actors/supervision/child_spec.hpp"
#include "config/settings.hpp"
#include "nodes/running_node.hpp"
#include "store/data_folder.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace apogee::nodes {

/// The route registry's path in the tree.
inline constexpr auto nameserver_path = "node/route_registry";

/// The nameserver's part of a node. `note`, for the log: which brokers come and
/// go.
supervision::child_spec
naming_tree(const config::nameserver_settings& settings,
            std::function<void(const std::string&)> note);

/// What a broker needs of the node around it.
struct broker_surroundings {
  /// Where the node listens, to tell nameservers.
  std::shared_ptr<node_ports> ports;
  /// A nameserver in this process: its path in the tree; empty for none.
  std::string local_nameserver;
  /// Of that nameserver's port, for `apogee status`; null without one.
  std::shared_ptr<const core::gateway_counters> nameserver_counts;
  /// Null: made from the settings.
  remoting::tls_context_ptr tls;
  /// For the log: what recovery does, which nameservers are reached or lost.
  std::function<void(const std::string&)> note;
};

/// The broker's part of a node: its data folder and views, which outlive
/// restarts of its actors, and the specs of those actors.
class broker_node {
public:
  /// Opens the data folder. Fails as data_folder::open, views::open and
  /// tls_context::make do.
  static result<std::shared_ptr<broker_node>>
  open(config::broker_config settings, broker_surroundings surroundings);

  /// To be put under the root, in this order.
  std::vector<supervision::child_spec> children() const;

  /// Tells nameservers about the broker; to be started when its ports are
  /// known.
  supervision::child_spec registrar() const;

  /// Service name → path, for a root named "node".
  static std::map<std::string, std::string> services();

private:
  broker_node() = default;

  supervision::child_spec storage() const;
  supervision::child_spec admin() const;
  supervision::child_spec groups() const;

  std::shared_ptr<store::data_folder> folder_;
  std::shared_ptr<broker::context> shared_;
  std::shared_ptr<core::gateway_counters> port_counts_ =
    std::make_shared<core::gateway_counters>();
  broker_surroundings surroundings_;
};

} // namespace apogee::nodes
