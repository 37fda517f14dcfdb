#pragma once

#include "actors/handle_provider.hpp"
#include "actors/protocol.hpp"
#include "actors/remoting/topic_table.hpp"

#include <caf/actor_cast.hpp>
#include <caf/event_based_actor.hpp>

#include <chrono>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace apogee::remoting {

/// To the actor itself: its topic_mirror subscribes (again).
using subscribe_again_atom = caf::atom_constant<caf::atom("subagain")>;

/// The broker's topics, as the topic_catalog tells them to an actor, which has
/// to handle std::vector<topic_info> by take() and subscribe_again_atom by
/// subscribe(). Takes the actor's down handler. Belongs to the actor.
class topic_mirror {
public:
  topic_mirror(caf::event_based_actor* self,
               handle_provider<caf::actor> catalog)
    : self_(self), catalog_(std::move(catalog)) {}

  /// REQUIRES: called once by make_behavior().
  void start() {
    self_->set_down_handler([this](const caf::down_msg&) { again(); });
    subscribe();
  }

  void subscribe() {
    const auto catalog = catalog_();
    if (!catalog) {
      again();
      return;
    }
    self_
      ->request(*catalog, caf::infinite, caf::subscribe_atom::value,
                caf::actor_cast<caf::actor>(self_))
      .then(
        [this, catalog = *catalog](const std::vector<topic_info>& all) {
          self_->monitor(catalog);
          topics_.clear();
          take(all);
        },
        [this](const caf::error&) { again(); });
  }

  void take(const std::vector<topic_info>& changed) {
    take_topics(topics_, changed);
  }

  /// Null when there is no such topic.
  const topic_info* find(const std::string& name) const {
    const auto found = topics_.find(name);
    return found == topics_.end() ? nullptr : &found->second;
  }

  /// By name.
  const std::map<std::string, topic_info>& all() const { return topics_; }

private:
  static constexpr std::chrono::milliseconds retry{100};

  void again() {
    self_->delayed_send(self_, retry, subscribe_again_atom::value);
  }

  caf::event_based_actor* self_;
  handle_provider<caf::actor> catalog_;
  std::map<std::string, topic_info> topics_;
};

} // namespace apogee::remoting
