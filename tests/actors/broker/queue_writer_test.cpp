#include "tests/actors/broker/broker_test.hpp"
#include "tests/support/cached_reads.hpp"

#include <filesystem>

namespace apogee::broker {

namespace {

using strings = std::vector<std::string>;

class QueueWriter : public broker_test {
protected:
  QueueWriter() {
    start();
    create_topic("orders", 2);
  }
};

TEST_F(QueueWriter, GivesOutDenseOffsetsAndReturnsWhatWasSent) {
  EXPECT_EQ(append("orders", {"a", "b"}).value(), 0u);
  EXPECT_EQ(append("orders", {"c"}).value(), 2u);
  const auto got = pull("orders", 0);
  ASSERT_TRUE(got) << to_string(got.error());
  EXPECT_EQ(got->bodies, (strings{"a", "b", "c"}));
  EXPECT_EQ(got->offsets, (std::vector<std::uint64_t>{0, 1, 2}));
  EXPECT_EQ(got->next_offset, 3u);
}

/// The bodies, a bar behind each.
class barred final : public message_form {
public:
  void append(std::vector<char>& out, const record_view&,
              const message_view& message) const override {
    out.insert(out.end(), message.body.begin(), message.body.end());
    out.push_back('|');
  }
};

local_pull make_barred_pull(std::uint64_t offset, std::uint32_t count_max) {
  local_pull request{"orders", 0, {}, false};
  request.order.offset = {offset};
  request.order.count_max = count_max;
  request.order.bytes_max = 1 << 20;
  request.order.wants_ends = true;
  request.order.form = std::make_shared<barred>();
  return request;
}

std::string text_of(const result<formed_messages>& got) {
  return got ? std::string(got->bytes.begin(), got->bytes.end())
             : to_string(got.error());
}

TEST_F(QueueWriter, AnswersInTheFormThatTheAskerWants) {
  ASSERT_TRUE(append("orders", {"a", "b"}));
  const auto ask_from = [&](std::uint64_t offset) {
    return ask<formed_messages>(caf::actor_cast<caf::actor>(service),
                                make_barred_pull(offset, 32));
  };
  const auto recent = ask_from(0);
  ASSERT_EQ(text_of(recent), "a|b|");
  EXPECT_EQ(recent->count, 2u);
  EXPECT_EQ(recent->ends.next.value, 2u);
  EXPECT_EQ(recent->ends.max.value, 2u);
  const auto nothing = ask_from(2);
  ASSERT_EQ(text_of(nothing), "");
  EXPECT_EQ(nothing->count, 0u);
  EXPECT_EQ(nothing->ends.next.value, 2u);
  stop();
  start();
  EXPECT_EQ(text_of(ask_from(0)), "a|b|") << "by a cold reader";
}

TEST_F(QueueWriter, ReadsItselfWhatTheMachineHasInMemory) {
  ASSERT_TRUE(append("orders", {"a"}));
  for (int i = 0; i < 40; ++i) // so that the first one is far from the end
    ASSERT_TRUE(append("orders", {std::string(512 << 10, 'x')}));
  const auto log = std::filesystem::directory_iterator{folder.path() + "/log"};
  if (!can_read_cached(log->path()))
    GTEST_SKIP() << "the file system cannot tell";
  stop();
  start();
  const auto ask_first = [&] {
    return ask<formed_messages>(caf::actor_cast<caf::actor>(service),
                                make_barred_pull(0, 1));
  };
  EXPECT_EQ(text_of(ask_first()), "a|")
    << "by a cold reader, which asks for it";
  caf::anon_send_exit(reader, caf::exit_reason::kill);
  run();
  EXPECT_EQ(text_of(ask_first()), "a|");
}

TEST_F(QueueWriter, KeepsQueuesOfATopicApart) {
  ASSERT_TRUE(append("orders", {"first"}, ack_level::memory, 0));
  EXPECT_EQ(append("orders", {"second"}, ack_level::memory, 1).value(), 0u);
}

TEST_F(QueueWriter, HidesADiskLevelMessageUntilItIsFlushed) {
  ASSERT_TRUE(append("orders", {"seen"}));
  // The syncer is gone: nothing is flushed any more.
  caf::anon_send_exit(syncer, caf::exit_reason::kill);
  run();
  auto waiting = self->request(
    service, caf::infinite, make_append("orders", {"hidden"}, ack_level::disk));
  run();
  ASSERT_TRUE(append("orders", {"behind it"}));
  EXPECT_EQ(pull("orders", 0)->bodies, strings{"seen"});
  syncer = sys.spawn(log_syncer, flush, folder.path());
  run();
  waiting.receive([](const envelope<schema::AppendReply>&) {},
                  [](const caf::error&) { FAIL() << "not acknowledged"; });
  EXPECT_EQ(pull("orders", 0)->bodies,
            (strings{"seen", "hidden", "behind it"}));
}

TEST_F(QueueWriter, WakesAWaitingPullWhenAMessageArrives) {
  auto waiting =
    self->request(service, caf::infinite, make_pull("orders", 0, 10'000));
  run();
  ASSERT_TRUE(append("orders", {"at last"}));
  waiting.receive(
    [](const envelope<schema::PullReply>& reply) {
      EXPECT_EQ(decode(reply)->bodies, strings{"at last"});
    },
    [](const caf::error& error) { FAIL() << to_string(to_failure(error)); });
}

TEST_F(QueueWriter, ServesAFewOfTheWaitingPullsPerTurn) {
  const auto ask = [this] {
    return self->request(service, caf::infinite,
                         make_pull("orders", 0, 10'000));
  };
  std::vector<decltype(ask())> waiting;
  for (int i = 0; i < 100; ++i)
    waiting.push_back(ask());
  run();
  self->send(service, make_append("orders", {"for all"}));
  std::size_t before = 0;
  std::size_t most = 0;
  while (sched.try_run_once()) {
    const auto answered = self->mailbox().count();
    most = std::max(most, answered - before);
    before = answered;
  }
  EXPECT_LE(most, 17u);
  for (auto& each : waiting)
    each.receive(
      [](const envelope<schema::PullReply>& reply) {
        EXPECT_EQ(decode(reply)->bodies, strings{"for all"});
      },
      [](const caf::error& error) { FAIL() << to_string(to_failure(error)); });
}

TEST_F(QueueWriter, AnAskerThatIsGoneKeepsNoPlacesFromOthers) {
  ASSERT_TRUE(append("orders", {"before"}));
  const auto writer = writers.begin()->second;
  const auto add_room = [] {
    return std::make_shared<core::answer_room>(
      std::make_shared<core::gateway_counters>(),
      core::answer_bounds{1 << 20, 1 << 20, 1 << 20});
  };
  auto room = add_room();
  const auto ask = [&] {
    pull_order order;
    order.offset = {1};
    order.count_max = 32;
    order.bytes_max = 1 << 20;
    order.wait = std::chrono::seconds{60};
    order.wants_ends = true;
    order.room = std::make_shared<core::room_share>(room);
    return self->request(writer, caf::infinite, order);
  };
  std::vector<decltype(ask())> gone;
  std::vector<decltype(ask())> waiting;
  for (int i = 0; i < 90; ++i)
    gone.push_back(ask());
  run();
  room->close();
  room = add_room();
  for (int i = 0; i < 90; ++i)
    waiting.push_back(ask()); // one asker has 128 places
  run();
  ASSERT_TRUE(append("orders", {"after"}));
  for (auto& each : waiting)
    each.receive(
      [](const envelope<schema::PullReply>& reply) {
        EXPECT_EQ(decode(reply)->bodies, strings{"after"});
      },
      [](const caf::error& error) { FAIL() << to_string(to_failure(error)); });
}

TEST_F(QueueWriter, AnswersAWaitingPullEmptyWhenItsTimeIsOver) {
  auto waiting =
    self->request(service, caf::infinite, make_pull("orders", 0, 500));
  run();
  advance(std::chrono::milliseconds{499});
  advance(std::chrono::milliseconds{2});
  waiting.receive(
    [](const envelope<schema::PullReply>& reply) {
      EXPECT_TRUE(decode(reply)->bodies.empty());
      EXPECT_EQ(decode(reply)->next_offset, 0u);
    },
    [](const caf::error& error) { FAIL() << to_string(to_failure(error)); });
}

TEST_F(QueueWriter, RefusesAnOffsetOutsideOfWhatIsKeptAndNamesTheRange) {
  ASSERT_TRUE(append("orders", {"a", "b"}));
  const auto got = pull("orders", 7);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, errc::offset_out_of_range);
  EXPECT_NE(got.error().text.find("0 to 2"), std::string::npos);
}

TEST_F(QueueWriter, RefusesABodyOverTheLimit) {
  const auto refused = append("orders", {std::string(5 << 20, 'x')});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::message_too_large);
  EXPECT_NE(refused.error().text.find("4194304"), std::string::npos);
}

TEST_F(QueueWriter, RefusesLevelsThatNeedAReplica) {
  const auto refused = append("orders", {"a"}, ack_level::replicated);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::no_replica_configured);
}

TEST_F(QueueWriter, RefusesADamagedMessageAndTakesTheNextOne) {
  const auto damaged = envelope<schema::AppendRequest>::build(
    [](schema::AppendRequest::Builder b) {
      b.setTopic("orders");
      b.setAck(1);
      const std::vector<kj::byte> junk(24, 0xff);
      b.initMessages(1).set(0, kj::arrayPtr(junk.data(), junk.size()));
    });
  const auto refused = ask<envelope<schema::AppendReply>>(service, damaged);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::malformed);
  EXPECT_NE(refused.error().text.find("from node"), std::string::npos);
  EXPECT_EQ(append("orders", {"sound"}).value(), 0u);
}

TEST_F(QueueWriter, UsesTheOffsetsOfRefusedBatchesAgain) {
  ASSERT_TRUE(append("orders", {"a"}, ack_level::disk));
  shared->settings.storage.disk_free_min = ~std::uint64_t{0};
  std::vector<failure> refused;
  const auto count = [&](const caf::error& error) {
    refused.push_back(to_failure(error));
  };
  const auto fail = [](const envelope<schema::AppendReply>&) {
    FAIL() << "stored on a full disk";
  };
  auto first =
    self->request(service, caf::infinite, make_append("orders", {"x"}));
  auto second =
    self->request(service, caf::infinite, make_append("orders", {"y", "z"}));
  run();
  first.receive(fail, count);
  second.receive(fail, count);
  ASSERT_EQ(refused.size(), 2u);
  EXPECT_EQ(refused[0].code, errc::disk_full);
  EXPECT_NE(refused[0].text.find("disk-free-min"), std::string::npos);
  shared->settings.storage.disk_free_min = 0;
  wall_clock_ms += 10'000;
  EXPECT_EQ(append("orders", {"b"}).value(), 1u);
  EXPECT_EQ(read_all("orders"), (strings{"a", "b"}));
}

TEST_F(QueueWriter, GivesItselfUpWhenIdleAndComesBack) {
  ASSERT_TRUE(append("orders", {"a"}));
  EXPECT_EQ(shared->counts->queues_active, 1u);
  for (int i = 0; i < 4; ++i)
    advance(settings.broker.queue_idle_after + std::chrono::seconds{1});
  EXPECT_EQ(shared->counts->queues_active, 0u);
  EXPECT_EQ(append("orders", {"b"}).value(), 1u);
  EXPECT_EQ(read_all("orders"), (strings{"a", "b"}));
}

TEST_F(QueueWriter, GoesOnBehindItsLastMessageAfterACrash) {
  ASSERT_TRUE(append("orders", {"a", "b"}));
  crash(writers.begin()->second);
  EXPECT_EQ(append("orders", {"c"}).value(), 2u);
  EXPECT_EQ(read_all("orders"), (strings{"a", "b", "c"}));
  EXPECT_EQ(writers_started, 2);
}

TEST_F(QueueWriter, AnswersAtItsEndWhatWaitsForALogThatIsGone) {
  ASSERT_TRUE(append("orders", {"a"}));
  crash(syncer);
  auto waiting = self->request(service, caf::infinite,
                               make_append("orders", {"b"}, ack_level::disk));
  run();
  self->send_exit(writers.begin()->second, caf::exit_reason::user_shutdown);
  run();
  waiting.receive(
    [](const envelope<schema::AppendReply>&) { FAIL() << "answered"; },
    [](const caf::error& error) {
      EXPECT_EQ(to_failure(error).code, errc::restarting);
    });
}

TEST_F(QueueWriter, TakesNoMoreMessagesWhenItIsToldToEnd) {
  // This test does not do what a syncer does: what is sent for the disk keeps
  // the queue's actor alive.
  caf::anon_send(flush, syncer_ready{caf::actor_cast<caf::actor>(self)});
  auto waiting = self->request(service, caf::infinite,
                               make_append("orders", {"a"}, ack_level::disk));
  run();
  self->send_exit(writers.begin()->second, caf::exit_reason::user_shutdown);
  run();
  const auto refused = append("orders", {"b"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::restarting);
  caf::anon_send(flush, syncer_ready{syncer});
  run();
  waiting.receive([](const envelope<schema::AppendReply>&) {},
                  [](const caf::error&) { FAIL() << "not acknowledged"; });
}

TEST_F(QueueWriter, NeedsNoTimerForEachPullThatWaits) {
  auto patient =
    self->request(service, caf::infinite, make_pull("orders", 0, 600'000));
  run();
  const auto timers = [&] { return sched.clock().schedule().size(); };
  const auto before = timers();
  for (int i = 0; i < 10; ++i) {
    auto hasty =
      self->request(service, caf::infinite, make_pull("orders", 0, 100));
    run();
    advance(std::chrono::milliseconds{101});
    hasty.receive([](const envelope<schema::PullReply>&) {},
                  [](const caf::error&) { FAIL() << "no answer"; });
  }
  EXPECT_LE(timers(), before);
  advance(std::chrono::milliseconds{600'000});
  patient.receive([](const envelope<schema::PullReply>&) {},
                  [](const caf::error&) { FAIL() << "no answer"; });
}

TEST_F(QueueWriter, SaysInTimeThatAMessageIsStoredButNotFlushed) {
  ASSERT_TRUE(append("orders", {"first"}));
  caf::anon_send_exit(syncer, caf::exit_reason::kill);
  run();
  auto words = encode_message("late");
  auto owned = std::make_shared<std::uint64_t[]>(words.size());
  std::copy(words.begin(), words.end(), owned.get());
  local_append request;
  request.topic = "orders";
  request.batch.ack = ack_level::disk;
  request.batch.flush_timeout = std::chrono::seconds{5};
  request.batch.owner = {owned, words.size()};
  request.batch.bodies = {std::as_bytes(std::span{owned.get(), words.size()})};
  request.batch.tag_hashes = {0};
  auto waiting = self->request(caf::actor_cast<caf::actor>(service),
                               caf::infinite, std::move(request));
  run();
  advance(std::chrono::milliseconds{4'999});
  EXPECT_TRUE(self->mailbox().empty());
  advance(std::chrono::milliseconds{1});
  waiting.receive(
    [](const envelope<schema::AppendReply>& reply) {
      const auto read = reply.read([](schema::AppendReply::Reader r) {
        EXPECT_TRUE(r.getIsFlushLate());
        EXPECT_EQ(r.getFirstOffset(), 1u);
        EXPECT_GT(r.getFirstPosition(), 0u);
      });
      EXPECT_TRUE(read);
    },
    [](const caf::error&) { FAIL() << "refused"; });
  // Nobody sees it before it is safe, and then it is there.
  EXPECT_EQ(pull("orders", 0)->bodies, strings{"first"});
  syncer = sys.spawn(log_syncer, flush, folder.path());
  run();
  EXPECT_EQ(pull("orders", 0)->bodies, (strings{"first", "late"}));
}

TEST_F(QueueWriter, AnswersRequestsThatDieWithIt) {
  auto waiting =
    self->request(service, caf::infinite, make_pull("orders", 0, 60'000));
  run();
  crash(writers.begin()->second);
  waiting.receive(
    [](const envelope<schema::PullReply>&) { FAIL() << "answered"; },
    [](const caf::error& error) {
      EXPECT_EQ(to_failure(error).code, errc::restarting);
    });
}

} // namespace

} // namespace apogee::broker
