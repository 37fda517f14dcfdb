#include "actors/remoting/client_service.hpp"
#include "messages/remoting/frame_writer.hpp"
#include "tests/support/actor_test.hpp"

#include <caf/stateful_actor.hpp>

#include <memory>
#include <string>
#include <vector>

namespace apogee::remoting {

namespace {

using namespace std::chrono_literals;

struct client_service_state {
  std::unique_ptr<client_service> core;
};

/// The service with a broker around it: one topic "t" whose queues are empty,
/// groups that are made when they are wanted.
class ClientService : public actor_test {
protected:
  void SetUp() override {
    const auto log = sys.spawn([](caf::event_based_actor*) {
      return caf::behavior{[](barrier_atom) { return log_position{}; }};
    });
    const auto topics = sys.spawn([](caf::event_based_actor*) {
      return caf::behavior{[](caf::subscribe_atom, const caf::actor&) {
        topic_info topic;
        topic.name = "t";
        topic.id = {1};
        topic.queues = topic.read_queues = topic.write_queues = 4;
        return std::vector<topic_info>{topic};
      }};
    });
    const auto groups = sys.spawn([this](caf::event_based_actor*) {
      return caf::behavior{[this](const group_wanted& wanted) {
        group_config group;
        group.name = wanted.name;
        configs->take(group);
        return group;
      }};
    });
    const auto dispatcher = sys.spawn([](caf::event_based_actor*) {
      return caf::behavior{[](const envelope<schema::OffsetQuery>&) {
        return envelope<schema::OffsetAnswer>{};
      }};
    });
    const auto natives = sys.spawn([this](caf::event_based_actor*) {
      return caf::behavior{[this](members_atom, const std::string& group) {
        told.push_back(group);
      }};
    });
    session = sys.spawn([](caf::event_based_actor*) {
      return caf::behavior{[](const client_request&) {}};
    });
    options.log = [log] {
      return result<log_service_actor>{caf::actor_cast<log_service_actor>(log)};
    };
    options.topic_catalog = [topics] { return result<caf::actor>{topics}; };
    options.group_catalog = [groups] {
      return result<group_catalog_actor>{
        caf::actor_cast<group_catalog_actor>(groups)};
    };
    options.dispatcher = [dispatcher] {
      return result<caf::actor>{dispatcher};
    };
    options.groups = [natives] { return result<caf::actor>{natives}; };
    options.group_configs = configs;
    options.subscriptions = std::make_shared<subscription_registry>();
    options.offsets = std::make_shared<core::offset_table>(
      [](const std::string&) -> result<std::vector<core::queue_commit>> {
        return std::vector<core::queue_commit>{};
      });
    options.resets = std::make_shared<core::offset_resets>();
    options.locks = std::make_shared<core::queue_locks>();
    options.members = std::make_shared<core::group_members>();
    options.note = [](const std::string&) {};
    started = {log, topics, groups, dispatcher, natives, session};
  }

  void TearDown() override {
    for (const auto& actor : started)
      caf::anon_send_exit(actor, caf::exit_reason::kill);
    run();
  }

  void start() {
    service = sys.spawn([this](caf::stateful_actor<client_service_state>* at) {
      at->state.core = std::make_unique<client_service>(at, options, [] {});
      return at->state.core->make_behavior();
    });
    started.push_back(service);
    run();
  }

  /// To be answered when the test lets the actors run.
  auto ask(request_code code, const text_fields& fields,
           std::string_view body = {}) {
    std::vector<char> out;
    frame_writer writer{out, serialize_type::json,
                        request_to_client(code, 1, false)};
    for (const auto& [name, value] : fields)
      writer.field(name, value);
    writer.body().insert(writer.body().end(), body.begin(), body.end());
    EXPECT_TRUE(writer.finish());
    return self->request(
      service, caf::infinite,
      service_request{{out.begin(), out.end()}, {"10.0.0.1:1", session, {}}});
  }

  template <class Pending>
  service_answer answer_of(Pending pending) {
    run();
    service_answer out;
    pending.receive([&](const service_answer& answer) { out = answer; },
                    [](const caf::error& why) {
                      ADD_FAILURE() << to_string(to_failure(why));
                    });
    return out;
  }

  auto beat() {
    return ask(
      request_code::heartbeat, {},
      R"({"clientID":"c","consumerDataSet":[{"groupName":"g",)"
      R"("consumeType":"CONSUME_PASSIVELY","messageModel":"CLUSTERING",)"
      R"("consumeFromWhere":"CONSUME_FROM_LAST_OFFSET",)"
      R"("subscriptionDataSet":[{"topic":"t","subString":"*",)"
      R"("subVersion":1}]}],"producerDataSet":[]})");
  }

  client_service_options options;
  std::shared_ptr<core::group_table> configs =
    std::make_shared<core::group_table>();
  std::vector<std::string> told; // groups, to native members
  caf::actor session;
  caf::actor service;
  std::vector<caf::actor> started;
};

} // namespace

TEST_F(ClientService, AClientThatLeavesDoesNotComeBackWithAnOldHeartbeat) {
  start();
  EXPECT_EQ(answer_of(beat()).code, response_code::success);
  EXPECT_EQ(options.members->rocketmq("g").size(), 1u);
  auto late = beat();
  EXPECT_EQ(answer_of(ask(request_code::unregister_client,
                          {{"clientID", "c"}, {"consumerGroup", "g"}}))
              .code,
            response_code::success);
  answer_of(std::move(late));
  EXPECT_TRUE(options.members->rocketmq("g").empty());
}

TEST_F(ClientService, AnOffsetIsTheNewestThereIs) {
  start();
  auto question =
    ask(request_code::query_consumer_offset,
        {{"consumerGroup", "g"}, {"topic", "t"}, {"queueId", "0"}});
  answer_of(ask(request_code::update_consumer_offset, {{"consumerGroup", "g"},
                                                       {"topic", "t"},
                                                       {"queueId", "0"},
                                                       {"commitOffset", "7"}}));
  const auto answer = answer_of(std::move(question));
  ASSERT_EQ(answer.fields.size(), 1u);
  EXPECT_EQ(answer.fields[0].second, "7");
}

TEST_F(ClientService, MembersOfBeforeStandUntilTheirHeartbeatsHaveCome) {
  options.members->set_rocketmq("g", {{"c", "10.0.0.1:1", 0, 0, false, {"t"}}});
  options.members->set_rocketmq("h", {{"d", "10.0.0.1:1", 0, 0, false, {"t"}}});
  start();
  EXPECT_EQ(options.members->rocketmq("g").size(), 1u);
  answer_of(beat());
  told.clear();
  advance(35s);
  EXPECT_EQ(told, (std::vector<std::string>{"g", "h"}));
  EXPECT_EQ(options.members->rocketmq("g").size(), 1u);
  EXPECT_TRUE(options.members->rocketmq("h").empty()) << "it never came back";
}

TEST_F(ClientService, NobodyIsInAGroupOfTheBrokerItself) {
  start();
  answer_of(ask(request_code::update_consumer_offset,
                {{"consumerGroup", "CID_RMQ_SYS_SCHEDULE"},
                 {"topic", "t"},
                 {"queueId", "0"},
                 {"commitOffset", "7"}}));
  EXPECT_TRUE(options.offsets->dirty_groups().empty());
}

} // namespace apogee::remoting
