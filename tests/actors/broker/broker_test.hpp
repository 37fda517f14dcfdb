#pragma once

#include "actors/broker/cold_reader.hpp"
#include "actors/broker/dispatcher.hpp"
#include "actors/broker/flush_service.hpp"
#include "actors/broker/log_syncer.hpp"
#include "actors/broker/queue_writer.hpp"
#include "actors/broker/topic_catalog.hpp"
#include "actors/broker/view_applier.hpp"
#include "messages/message_body.hpp"
#include "messages/remoting/properties.hpp"
#include "store/data_folder.hpp"
#include "tests/support/actor_test.hpp"
#include "tests/support/temporary_folder.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/system_messages.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace apogee::broker {

template <class Core>
struct core_state {
  std::unique_ptr<Core> core;
};

/// A message as a producer encodes it.
inline std::vector<std::uint64_t> encode_message(const std::string& body,
                                                 const std::string& tag = {}) {
  std::string properties;
  if (!tag.empty())
    remoting::append_property(properties, remoting::property_names::tags, tag);
  const message_view message{.properties = properties, .body = body};
  std::vector<std::uint64_t> words(encoded_message_words(message));
  apogee::encode_message(message, words);
  return words;
}

/// What a pull brought.
struct pulled {
  std::vector<std::string> bodies;
  std::vector<std::uint64_t> offsets;
  std::uint64_t next_offset = 0;
  std::uint64_t min_offset = 0;
  std::uint64_t max_offset = 0;
};

/// All actors of a broker's storage on a real folder, in virtual time. Files
/// are written and flushed when the test lets the actors run.
class broker_test : public actor_test {
protected:
  broker_test();
  ~broker_test() override;

  // -- the broker -----------------------------------------------------------

  /// Starts the actors, replaying what is in the folder.
  void start();

  /// Ends all actors, as a crash of the process would: nothing is flushed or
  /// applied on the way.
  void stop();

  // -- verbs ----------------------------------------------------------------

  void create_topic(const std::string& name, std::uint32_t queues = 1);

  /// Sends and lets everything run; the first offset, or the failure.
  result<std::uint64_t> append(const std::string& topic,
                               const std::vector<std::string>& bodies,
                               ack_level ack = ack_level::memory,
                               std::uint32_t queue = 0);

  envelope<schema::AppendRequest>
  make_append(const std::string& topic, const std::vector<std::string>& bodies,
              ack_level ack = ack_level::memory, std::uint32_t queue = 0);

  envelope<schema::PullRequest> make_pull(const std::string& topic,
                                          std::uint64_t offset,
                                          std::uint32_t wait_ms = 0);

  /// One pull.
  result<pulled> pull(const std::string& topic, std::uint64_t offset);

  /// All bodies from the queue's start to its end.
  std::vector<std::string> read_all(const std::string& topic);

  static result<pulled> decode(const envelope<schema::PullReply>& reply);

  /// Makes an actor fail as if by an exception.
  void crash(const caf::actor& actor) {
    self->send(actor, caf::exit_msg{self->address(),
                                    make_error(errc::crashed, "by the test")});
    run();
  }

  /// Sends a request and gives the answer once there is one.
  template <class Reply, class Handle, class Request>
  result<Reply> ask(const Handle& to, const Request& request) {
    std::optional<result<Reply>> outcome;
    auto pending = self->request(to, caf::infinite, request);
    run();
    pending.receive(
      [&](Reply& reply) { outcome.emplace(std::move(reply)); },
      [&](caf::error& error) { outcome.emplace(to_failure(error)); });
    return std::move(*outcome);
  }

  temporary_folder folder{folder_on::disk};
  ::apogee::config::broker_config settings;
  std::unique_ptr<store::data_folder> data;
  std::shared_ptr<context> shared;
  std::int64_t wall_clock_ms = 1'000'000;

  caf::actor flush;
  caf::actor syncer;
  caf::actor applier;
  caf::actor reader;
  caf::actor catalog;
  broker_service_actor service;
  std::map<queue_id, caf::actor> writers; // the latest of each queue
  int writers_started = 0;

  template <class Core, class... Ts>
  caf::actor spawn_core(Ts... arguments) {
    using base = caf::stateful_actor<core_state<Core>>;
    return sys.spawn(
      [](base* actor, Ts... xs) -> caf::behavior {
        actor->state.core = std::make_unique<Core>(actor, std::move(xs)...);
        return actor->state.core->make_behavior();
      },
      std::move(arguments)...);
  }

private:
  void start_writer(const writer_order& order,
                    const std::shared_ptr<store::log_reader>& log);
};

} // namespace apogee::broker
