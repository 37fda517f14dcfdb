#include "messages/remoting/batch_body.hpp"
#include "messages/remoting/command_decoder.hpp"
#include "messages/remoting/frame_writer.hpp"
#include "messages/remoting/properties.hpp"
#include "messages/remoting/stored_message.hpp"
#include "nodes/cli/rocketmq/reading_peer.hpp"
#include "nodes/cli/rocketmq/sending_peer.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <string>

namespace apogee::cli {
namespace {

using namespace std::chrono_literals;
using remoting::command;
using remoting::response_code;

/// Drives one peer: its time is told, what it asks is taken apart.
class RocketmqLoad : public testing::Test {
protected:
  static constexpr bench_clock::time_point start{1h};

  RocketmqLoad() { counts.window = {start, start + 10s}; }

  /// What the peer appends, one by one; returns when it wants to be called.
  bench_clock::time_point step(load_peer& peer, bench_clock::time_point now,
                               const std::function<void(const command&)>& use) {
    std::vector<char> out;
    const auto next_call = peer.step(now, out);
    std::string_view rest{out.data(), out.size()};
    while (!rest.empty()) {
      const auto next = remoting::find_frame(rest);
      EXPECT_TRUE(next && next->missing_bytes == 0);
      EXPECT_TRUE(decoder.decode(next->found));
      use(decoder.decoded());
      rest.remove_prefix(next->found.bytes());
    }
    return next_call;
  }

  std::size_t count_requests(load_peer& peer, bench_clock::time_point now) {
    std::size_t count = 0;
    wake = step(peer, now, [&](const command& request) {
      last_opaque = request.opaque;
      ++count;
    });
    return count;
  }

  static command answer(std::int32_t opaque, response_code code) {
    command out;
    out.flag = command::response_flag;
    out.opaque = opaque;
    out.code = static_cast<std::int32_t>(code);
    out.remark = "too much";
    return out;
  }

  static std::vector<load_queue> queues(std::int32_t count) {
    std::vector<load_queue> out;
    for (std::int32_t i = 0; i < count; ++i)
      out.push_back({"t", "b", "127.0.0.1:1", i});
    return out;
  }

  load_counts counts;
  remoting::command_decoder decoder;
  bench_clock::time_point wake;
  std::int32_t last_opaque = 0;
};

TEST_F(RocketmqLoad, KeepsSoManyRequestsInFlightAndNoMore) {
  sending_peer peer{counts, {.in_flight_max = 3}, 0, queues(2)};
  EXPECT_EQ(count_requests(peer, start), 3u);
  EXPECT_EQ(wake, load_peer::never);
  EXPECT_EQ(count_requests(peer, start + 1ms), 0u);
  peer.on_answer(answer(last_opaque, response_code::success), start + 2ms);
  EXPECT_EQ(count_requests(peer, start + 2ms), 1u);
  EXPECT_EQ(counts.sent, 1u);
  EXPECT_EQ(counts.acknowledged.max(), 2'000'000u);
}

TEST_F(RocketmqLoad, TakesTheQueuesInTurn) {
  sending_peer peer{counts, {.in_flight_max = 4}, 1, queues(3)};
  std::string seen;
  step(peer, start, [&](const command& request) {
    seen += *request.find("e");
    EXPECT_EQ(request.body.size(), 1024u);
  });
  EXPECT_EQ(seen, "1201");
}

TEST_F(RocketmqLoad, CountsALateSendFromWhenItWasDue) {
  sending_peer peer{counts, {.in_flight_max = 100, .rate = 1000}, 0, queues(1)};
  EXPECT_EQ(count_requests(peer, start), 1u);
  EXPECT_EQ(wake, start + 1ms);
  EXPECT_EQ(count_requests(peer, start + 5ms), 5u); // those of 1 to 5 ms
  peer.on_answer(answer(1, response_code::success), start + 6ms);
  EXPECT_EQ(counts.acknowledged.count(), 1u);
  EXPECT_GE(counts.acknowledged.max(), 5'000'000u);
}

TEST_F(RocketmqLoad, SharesARateAmongItsConnections) {
  const sending_options options{
    .connections = 2, .in_flight_max = 100, .rate = 1000};
  sending_peer first{counts, options, 0, queues(1)};
  sending_peer second{counts, options, 1, queues(1)};
  EXPECT_EQ(count_requests(first, start), 1u);
  EXPECT_EQ(count_requests(second, start), 0u);
  EXPECT_EQ(wake, start + 1ms);
  EXPECT_EQ(count_requests(first, start + 10ms), 5u);
}

TEST_F(RocketmqLoad, EndsWithTheWindowOnceAllIsAnswered) {
  sending_peer peer{counts, {}, 0, queues(1)};
  EXPECT_EQ(count_requests(peer, start), 1u);
  EXPECT_FALSE(peer.is_done(counts.window.end));
  peer.on_answer(answer(0, response_code::success), counts.window.end + 1s);
  EXPECT_EQ(count_requests(peer, counts.window.end + 1s), 0u);
  EXPECT_TRUE(peer.is_done(counts.window.end + 1s));
  EXPECT_EQ(counts.sent, 0u) << "it came after the window";
  EXPECT_EQ(counts.sent_total, 1u);
}

TEST_F(RocketmqLoad, SendsAsManyMessagesAsItShallInBatches) {
  counts.messages_left = 5;
  sending_peer peer{
    counts, {.in_flight_max = 10, .batch = 2, .body_bytes = 10}, 0, queues(1)};
  std::string sizes;
  step(peer, start, [&](const command& request) {
    EXPECT_EQ(request.code, 320);
    sizes += std::to_string(*remoting::count_batch_elements(request.body));
  });
  EXPECT_EQ(sizes, "221");
  EXPECT_FALSE(peer.is_done(start));
}

TEST_F(RocketmqLoad, CountsBadAnswersAndWhatStaysUnanswered) {
  sending_peer peer{counts, {.in_flight_max = 2}, 0, queues(1)};
  count_requests(peer, start);
  peer.on_answer(answer(0, response_code::system_busy), start + 1ms);
  EXPECT_EQ(counts.bad_answers[2], 1u);
  EXPECT_EQ(counts.first_failure.text, "answer 2: too much");
  peer.finish();
  EXPECT_EQ(counts.failures, 2u);
  EXPECT_EQ(counts.sent_total, 0u);
}

TEST_F(RocketmqLoad, CountsAOneWayMessageWhenItIsSent) {
  counts.messages_left = 7;
  sending_peer peer{counts, {.is_oneway = true}, 0, queues(1)};
  step(peer, start,
       [](const command& request) { EXPECT_TRUE(request.is_oneway()); });
  EXPECT_EQ(counts.sent, 7u);
  EXPECT_TRUE(peer.is_done(start));
}

TEST_F(RocketmqLoad, MarksOneOfAHundredMessages) {
  counts.messages_left = 200;
  sending_peer peer{
    counts, {.in_flight_max = 200, .has_filter_values = true}, 0, queues(1)};
  int tagged = 0;
  int numbered = 0;
  step(peer, start, [&](const command& request) {
    const auto properties = *request.find("i");
    tagged += properties.find("TAGS\1tag0\2") != std::string_view::npos;
    numbered += properties.find("number\1"
                                "0\2")
                != std::string_view::npos;
  });
  EXPECT_EQ(tagged, 2);
  EXPECT_EQ(numbered, 2);
}

/// Bytes of one stored message.
std::vector<char> stored(std::int64_t offset, bench_clock::time_point stamp) {
  std::string body(16, 'x');
  write_stamp(body, stamp);
  remoting::stored_message message;
  message.queue_offset = offset;
  message.topic = "t";
  message.body = body;
  message.born_host = message.store_host =
    *remoting::parse_host("127.0.0.1", 1);
  std::vector<char> out;
  EXPECT_TRUE(remoting::append_stored_message(out, message));
  return out;
}

command pulled(const std::vector<char>& body, std::string_view next) {
  command out;
  out.flag = command::response_flag;
  out.body = {body.data(), body.size()};
  out.fields = {{"nextBeginOffset", next}};
  return out;
}

TEST_F(RocketmqLoad, ReadsUpToTheEndOfEachQueue) {
  reading_peer peer{counts, {}, {{queues(1)[0], 5, 7}}};
  EXPECT_EQ(count_requests(peer, start), 1u);
  peer.on_answer(pulled(stored(5, start), "6"), start + 1ms);
  EXPECT_FALSE(peer.is_done(start));
  EXPECT_EQ(count_requests(peer, start + 1ms), 1u);
  peer.on_answer(pulled(stored(6, start), "7"), start + 2ms);
  EXPECT_TRUE(peer.is_done(start));
  EXPECT_EQ(counts.received, 2u);
  EXPECT_EQ(counts.scanned, 2u);
  EXPECT_EQ(counts.failures, 0u);
}

TEST_F(RocketmqLoad, SeesAMessageThatIsMissing) {
  reading_peer peer{counts, {}, {{queues(1)[0], 5, 9}}};
  count_requests(peer, start);
  peer.on_answer(pulled(stored(6, start), "7"), start + 1ms);
  EXPECT_EQ(counts.failures, 1u);
  EXPECT_EQ(counts.first_failure.code, errc::corrupt);
}

TEST_F(RocketmqLoad, CountsWhatAFilterHasPassedOver) {
  reading_peer peer{
    counts, {.expression = filter_tag}, {{queues(1)[0], 0, 800}}};
  step(peer, start, [](const command& request) {
    EXPECT_EQ(*request.find("subscription"), "tag0");
  });
  peer.on_answer(pulled(stored(500, start), "800"), start + 1ms);
  EXPECT_EQ(counts.scanned, 800u);
  EXPECT_EQ(counts.received, 1u);
  EXPECT_EQ(counts.failures, 0u);
}

TEST_F(RocketmqLoad, WaitsForMessagesAndMeasuresTheirWay) {
  counts.groups = 1;
  reading_peer peer{counts, {}, {{queues(1)[0], 3}}};
  step(peer, start, [](const command& request) {
    EXPECT_EQ(*request.find("sysFlag"), "7") << "it waits and commits";
    EXPECT_EQ(*request.find("commitOffset"), "3");
  });
  EXPECT_TRUE(peer.is_done(start)) << "nobody has sent anything";
  counts.sent_total = 1;
  EXPECT_FALSE(peer.is_done(start));
  peer.on_answer(pulled(stored(3, start + 1ms), "4"), start + 3ms);
  EXPECT_EQ(counts.arrived.max(), 2'000'000u);
  EXPECT_TRUE(peer.is_done(start));
}

TEST_F(RocketmqLoad, AsksAgainAfterABadAnswerButNotAtOnce) {
  reading_peer peer{counts, {}, {{queues(1)[0], 0}}};
  count_requests(peer, start);
  peer.on_answer(answer(0, response_code::system_busy), start);
  EXPECT_EQ(counts.failures, 1u);
  EXPECT_EQ(count_requests(peer, start), 0u);
  EXPECT_EQ(wake, start + 20ms);
  EXPECT_EQ(count_requests(peer, wake), 1u);
}

} // namespace
} // namespace apogee::cli
