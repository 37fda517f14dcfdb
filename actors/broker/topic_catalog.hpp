#pragma once

#include "actors/answer.hpp"
#include "actors/broker/context.hpp"
#include "actors/core/topic_alteration.hpp"
#include "actors/protocol.hpp"

#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace apogee::broker {

/// Topics as an answer to the command line, without the queues' offsets.
envelope<schema::TopicList>
make_topic_list(const std::vector<topic_info>& topics);

/// Owns the broker's topics: checks wishes, gives out ids, and keeps each
/// change in the log (at level disk) before anybody hears of it, the dispatcher
/// first. Serves
/// topic_catalog_actor and the topic part of admin_service_actor. Topics that
/// only the broker itself sends to are never altered or deleted.
///
/// A successor reads the topics from the views, after a barrier; `on_ready` is
/// called when that is done.
class topic_catalog {
public:
  topic_catalog(caf::event_based_actor* self, context_ptr shared,
                log_service_actor log, std::function<void()> on_ready);

  caf::behavior make_behavior();

private:
  using topics_promise = caf::typed_response_promise<std::vector<topic_info>>;

  void load();
  topics_promise tell_all();
  void create(const envelope<schema::TopicCreate>& request, answer reply);
  void update(const envelope<schema::TopicUpdate>& request);
  void change(const topic_info& from, const core::topic_wish& wish,
              answer reply);
  void remove(const envelope<schema::TopicDelete>& request);
  void list(const envelope<schema::TopicQuery>& request);
  void keep(topic_info topic);
  void keep_failed(const topic_info& topic, const caf::error& error);
  void publish(const topic_info& topic);
  answer end_change(const std::string& name);
  void create_waiting(const std::string& name);
  std::vector<topic_info> all() const;

  caf::event_based_actor* self_;
  context_ptr shared_;
  log_service_actor log_;
  std::function<void()> on_ready_;
  bool is_ready_ = false;
  std::uint32_t id_next_ = 1;
  std::map<std::string, topic_info> topics_;
  std::map<std::string, answer> changing_; // by name: not yet in the log

  struct creation {
    envelope<schema::TopicCreate> request;
    answer reply;
  };

  std::map<std::string, std::vector<creation>> creations_; // after a change
  caf::actor dispatcher_; // null: it is started again
  std::set<caf::actor> subscribers_;
  std::vector<topics_promise> awaiting_; // the topics are not read yet
};

} // namespace apogee::broker
