#include "tests/actors/broker/broker_test.hpp"

#include <filesystem>

namespace apogee::broker {

namespace {

using strings = std::vector<std::string>;

class Storage : public broker_test {};

TEST_F(Storage, KeepsWhatItAcknowledgedOverARestart) {
  start();
  create_topic("orders");
  ASSERT_TRUE(append("orders", {"memory"}));
  ASSERT_TRUE(append("orders", {"disk"}, ack_level::disk));
  stop();
  start();
  EXPECT_EQ(read_all("orders"), (strings{"memory", "disk"}));
  const auto more = append("orders", {"more"});
  ASSERT_TRUE(more) << to_string(more.error());
  EXPECT_EQ(*more, 2u);
}

TEST_F(Storage, TakesANewEpochAtEachStart) {
  start();
  const auto first = shared->counts->epoch.load();
  stop();
  start();
  EXPECT_EQ(shared->counts->epoch, first + 1);
}

TEST_F(Storage, AppliesTheLogToTheViewsAfterACheckpointInterval) {
  start();
  create_topic("orders");
  ASSERT_TRUE(append("orders", {"a"}, ack_level::disk));
  advance(settings.storage.flush_interval);
  advance(settings.storage.checkpoint_interval);
  EXPECT_EQ(shared->views->applied().value, shared->counts->written.load());
}

TEST_F(Storage, ServesWhatLeftTheTailFromTheViews) {
  start();
  create_topic("orders");
  ASSERT_TRUE(append("orders", {"a", "b"}, ack_level::disk));
  advance(settings.storage.checkpoint_interval);
  ASSERT_TRUE(append("orders", {"c"}));
  EXPECT_EQ(pull("orders", 0)->bodies.front(), "a");
  EXPECT_EQ(pull("orders", 2)->bodies, strings{"c"});
}

TEST_F(Storage, AnswersABarrierOnlyWhenTheViewsHaveEverything) {
  start();
  create_topic("orders");
  ASSERT_TRUE(append("orders", {"a"}));
  auto log = caf::actor_cast<log_service_actor>(flush);
  auto barrier = self->request(log, caf::infinite, barrier_atom::value);
  run();
  barrier.receive(
    [&](log_position position) {
      EXPECT_GE(shared->views->applied(), position);
    },
    [](const caf::error& error) { FAIL() << to_string(to_failure(error)); });
}

// Sessions run on another thread than the catalog: one that heard of a topic
// before the dispatcher had its messages refused, those without an answer were
// lost.
TEST_F(Storage, TellsTheDispatcherOfATopicBeforeAnybodyElse) {
  start();
  std::vector<std::string> told;
  const auto listen = [&](const std::string& name) {
    return sys.spawn([&told, name](caf::event_based_actor*) -> caf::behavior {
      return {[&told, name](const std::vector<topic_info>& topics) {
        if (!topics.empty() && topics.front().name == "orders")
          told.push_back(name);
      }};
    });
  };
  for (const auto* name : {"one", "two", "three"})
    caf::anon_send(catalog, caf::subscribe_atom::value, listen(name));
  caf::anon_send(catalog, dispatcher_started{listen("dispatcher")});
  run();
  create_topic("orders");
  ASSERT_EQ(told.size(), 4u);
  EXPECT_EQ(told.front(), "dispatcher");
}

TEST_F(Storage, RefusesUnknownTopicsAndQueues) {
  start();
  create_topic("orders");
  EXPECT_EQ(append("nothing", {"a"}).error().code, errc::unknown_topic);
  EXPECT_NE(append("nothing", {"a"}).error().text.find("topic create"),
            std::string::npos);
  EXPECT_EQ(append("orders", {"a"}, ack_level::memory, 9).error().code,
            errc::unknown_queue);
}

TEST_F(Storage, RefusesABrokenEnvelopeAndNamesItsSender) {
  start();
  auto junk = std::make_shared<std::uint64_t[]>(4);
  for (int i = 0; i < 4; ++i)
    junk[static_cast<std::size_t>(i)] = ~std::uint64_t{0};
  const auto broken = envelope<schema::AppendRequest>::from_words({junk, 4});
  const auto refused = ask<envelope<schema::AppendReply>>(service, broken);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::malformed);
  EXPECT_NE(refused.error().text.find("from node"), std::string::npos);
  EXPECT_EQ(shared->counts->refused_malformed, 1u);
}

TEST_F(Storage, RefusesAMessageThatNoPullReplyCouldCarry) {
  start();
  create_topic("orders");
  auto words = encode_message("a small body");
  words.resize((envelope_size_bytes_max - 512) / sizeof(words[0]));
  const auto request = envelope<schema::AppendRequest>::build(
    [&](schema::AppendRequest::Builder b) {
      b.setTopic("orders");
      b.initMessages(1).set(
        0, kj::arrayPtr(reinterpret_cast<const kj::byte*>(words.data()),
                        words.size() * sizeof(words[0])));
    },
    words.size() + 64);
  const auto refused = ask<envelope<schema::AppendReply>>(service, request);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::message_too_large);
}

TEST_F(Storage, SlowsTheSenderWhenTheMemoryLimitIsReached) {
  settings.broker.memory_limit = 100'000;
  start();
  create_topic("orders");
  // Without the disk nothing is answered, so everything counts.
  caf::anon_send_exit(syncer, caf::exit_reason::kill);
  run();
  const strings batch(8, std::string(10'000, 'x'));
  auto held = self->request(service, caf::infinite,
                            make_append("orders", batch, ack_level::disk));
  run();
  const auto refused = append("orders", batch, ack_level::disk);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::busy);
  syncer = sys.spawn(log_syncer, flush, folder.path());
  run();
  held.receive([](const envelope<schema::AppendReply>&) {},
               [](const caf::error&) { FAIL() << "lost"; });
  EXPECT_TRUE(append("orders", batch, ack_level::disk));
}

TEST_F(Storage, HoldsMessagesBackWhileTooMuchIsDirty) {
  settings.storage.dirty_bytes_max = 1 << 20;
  start();
  create_topic("orders");
  caf::anon_send_exit(syncer, caf::exit_reason::kill);
  run();
  const strings batch(8, std::string(60'000, 'x'));
  for (int i = 0; i < 3; ++i)
    self->send(service, make_append("orders", batch));
  auto held =
    self->request(service, caf::infinite, make_append("orders", batch));
  run();
  const auto dirty = shared->counts->written - shared->counts->flushed;
  EXPECT_LE(dirty, (1u << 20) + 500'000);
  syncer = sys.spawn(log_syncer, flush, folder.path());
  run();
  held.receive([](const envelope<schema::AppendReply>&) {},
               [](const caf::error&) { FAIL() << "lost"; });
  EXPECT_EQ(read_all("orders").size(), 32u);
}

TEST_F(Storage, NumbersMessagesBehindThoseThatADeadWriterLeftWaiting) {
  settings.storage.dirty_bytes_max = 1 << 20;
  start();
  create_topic("orders");
  caf::anon_send_exit(syncer, caf::exit_reason::kill);
  run();
  // More than may be dirty: the last of them waits for the disk.
  const strings batch(8, std::string(60'000, 'x'));
  for (int i = 0; i < 4; ++i)
    self->send(service, make_append("orders", batch));
  run();
  crash(writers.begin()->second);
  auto next = self->request(service, caf::infinite,
                            make_append("orders", {"behind them"}));
  run();
  syncer = sys.spawn(log_syncer, flush, folder.path());
  run();
  next.receive(
    [](const envelope<schema::AppendReply>& reply) {
      const auto first = reply.read(
        [](schema::AppendReply::Reader r) { return r.getFirstOffset(); });
      EXPECT_EQ(first.value(), 32u);
    },
    [](const caf::error& error) { FAIL() << to_string(to_failure(error)); });
  EXPECT_EQ(read_all("orders").size(), 33u);
}

TEST_F(Storage, TheDispatcherOutlivesABarrierThatDiesWithTheFlushService) {
  start();
  create_topic("orders");
  ASSERT_TRUE(append("orders", {"a"}));
  // The views do not answer any more, so the barrier before the next writer
  // waits.
  caf::anon_send_exit(applier, caf::exit_reason::kill);
  crash(writers.begin()->second);
  auto waiting =
    self->request(service, caf::infinite, make_append("orders", {"b"}));
  run();
  crash(flush);
  // Its supervisor ends it, as one of those that use the flush_service.
  caf::anon_send_exit(service, caf::exit_reason::user_shutdown);
  const auto dead = caf::actor_cast<caf::actor>(service);
  self->monitor(dead);
  run();
  self->receive([](const caf::down_msg& down) {
    EXPECT_EQ(down.reason, caf::exit_reason::user_shutdown);
  });
  waiting.receive(
    [](const envelope<schema::AppendReply>&) { FAIL() << "answered"; },
    [](const caf::error& error) {
      EXPECT_EQ(to_failure(error).code, errc::restarting);
    });
}

TEST_F(Storage, ForgetsTheMessagesOfADeletedTopic) {
  start();
  create_topic("orders");
  ASSERT_TRUE(append("orders", {"old"}));
  const auto request =
    envelope<schema::TopicDelete>::build([](auto b) { b.setName("orders"); });
  ASSERT_TRUE(ask<envelope<schema::TopicList>>(catalog, request));
  EXPECT_EQ(append("orders", {"a"}).error().code, errc::unknown_topic);
  create_topic("orders");
  EXPECT_EQ(append("orders", {"new"}).value(), 0u);
  EXPECT_EQ(pull("orders", 0)->bodies, strings{"new"});
}

TEST_F(Storage, DeletesOldFilesAndMovesTheOldestOffset) {
  settings.storage.retention_size = 2 << 20;
  start();
  create_topic("orders");
  const strings batch(4, std::string(100'000, 'x'));
  for (int i = 0; i < 20; ++i)
    ASSERT_TRUE(append("orders", batch, ack_level::disk));
  advance(settings.storage.checkpoint_interval);
  advance(settings.storage.retention_check_interval);
  run();
  const auto gone = pull("orders", 0);
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, errc::offset_out_of_range);
  const auto last = pull("orders", 79);
  ASSERT_TRUE(last) << to_string(last.error());
  EXPECT_GT(last->min_offset, 0u);
  EXPECT_TRUE(pull("orders", last->min_offset));
}

TEST_F(Storage, KeepsTopicsWhenOldFilesAndThenTheViewsAreDeleted) {
  settings.storage.retention_size = 2 << 20;
  start();
  create_topic("idle");
  ASSERT_TRUE(append("idle", {"a", "b"}, ack_level::disk));
  create_topic("orders");
  const strings batch(4, std::string(100'000, 'x'));
  for (int i = 0; i < 20; ++i)
    ASSERT_TRUE(append("orders", batch, ack_level::disk));
  advance(settings.storage.checkpoint_interval);
  advance(settings.storage.retention_check_interval);
  run();
  ASSERT_FALSE(pull("orders", 0));
  const auto before = pull("orders", 79);
  ASSERT_TRUE(before);
  stop();
  std::filesystem::remove_all(data->views_path());
  start();
  EXPECT_EQ(shared->views->topics()->size(), 2u);
  EXPECT_EQ(append("orders", {"next"}).value(), 80u);
  EXPECT_EQ(append("idle", {"c"}).value(), 2u);
  EXPECT_EQ(pull("orders", 79)->min_offset, before->min_offset);
}

} // namespace

} // namespace apogee::broker
