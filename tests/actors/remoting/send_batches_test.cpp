#include "actors/remoting/send_batches.hpp"
#include "messages/message_body.hpp"
#include "messages/remoting/batch_body.hpp"
#include "messages/remoting/properties.hpp"

#include <gtest/gtest.h>

#include <set>

namespace apogee::remoting {

namespace {

class SendBatches : public testing::Test {
protected:
  result<void> add(const std::string& body, const std::string& properties = {},
                   std::uint32_t queue = 0, bool is_batch = false,
                   ack_level ack = ack_level::memory) {
    command request;
    request.opaque = opaque_++;
    request.body = body;
    send_header header;
    header.properties = properties;
    header.is_batch = is_batch;
    header.born_timestamp_ms = 7;
    return batches.add({"topic", queue, ack}, request, header, "12345678", 100);
  }

  static message_view message(const send_batch& batch, std::size_t i) {
    const auto read = decode_message(batch.messages.bodies.at(i));
    EXPECT_TRUE(read.has_value());
    return read ? *read : message_view{};
  }

  send_batches batches;

private:
  std::int32_t opaque_ = 1;
};

std::string joined(const std::vector<batch_element>& elements) {
  std::vector<char> out;
  for (const auto& element : elements)
    append_batch_element(out, element);
  return {out.begin(), out.end()};
}

} // namespace

TEST_F(SendBatches, PutsMessagesOfAQueueTogetherAndOthersApart) {
  batches.expect(1000);
  ASSERT_TRUE(add("a", "UNIQ_KEY\1k\2TAGS\1red\2", 0));
  ASSERT_TRUE(add("b", "UNIQ_KEY\1l\2", 1));
  ASSERT_TRUE(add("c", "UNIQ_KEY\1m\2", 0));
  ASSERT_TRUE(add("d", "UNIQ_KEY\1n\2", 0, false, ack_level::disk));
  const auto taken = batches.take();
  ASSERT_EQ(taken.size(), 3u);
  ASSERT_EQ(taken[0].messages.bodies.size(), 2u);
  EXPECT_EQ(message(taken[0], 0).body, "a");
  EXPECT_EQ(message(taken[0], 0).born_host, "12345678");
  EXPECT_EQ(message(taken[0], 1).body, "c");
  EXPECT_EQ(taken[0].messages.tag_hashes[0], tag_hash("red"));
  EXPECT_EQ(taken[0].unique_key(taken[0].senders[0]), "k");
  EXPECT_EQ(taken[2].messages.ack, ack_level::disk);
  EXPECT_TRUE(batches.take().empty());
}

TEST_F(SendBatches, StoresNeitherWaitNorAMessageWithoutAUniqueKey) {
  ASSERT_TRUE(add("a", "WAIT\1true\2KEYS\1k\2"));
  ASSERT_TRUE(add("b"));
  const auto taken = batches.take();
  std::set<std::string> keys;
  for (const auto& batch : taken)
    for (std::size_t i = 0; i < batch.messages.bodies.size(); ++i) {
      const auto properties = message(batch, i).properties;
      EXPECT_FALSE(find_property(properties, property_names::wait));
      const auto key = find_property(properties, property_names::unique_key);
      ASSERT_TRUE(key);
      keys.emplace(*key);
      EXPECT_EQ(batch.unique_key(batch.senders[i]), *key);
    }
  EXPECT_EQ(keys.size(), 2u);
}

TEST_F(SendBatches, TakesABatchBodyWholeOrNotAtAll) {
  const batch_element one{1, "one", "UNIQ_KEY\1a\2"};
  const batch_element two{2, "two", "UNIQ_KEY\1b\2"};
  ASSERT_TRUE(add(joined({one, two}), "", 0, true));
  const std::string big(101, 'x');
  EXPECT_EQ(add(joined({one, {0, big, ""}}), "", 0, true).error().code,
            errc::message_too_large);
  auto torn = joined({one, two});
  torn.pop_back();
  EXPECT_EQ(add(torn, "", 0, true).error().code, errc::malformed);
  EXPECT_EQ(add("", "", 0, true).error().code, errc::malformed);
  const auto taken = batches.take();
  ASSERT_EQ(taken.size(), 1u);
  ASSERT_EQ(taken[0].senders.size(), 1u);
  EXPECT_EQ(taken[0].senders[0].messages, 2u);
  EXPECT_EQ(message(taken[0], 1).body, "two");
  EXPECT_EQ(message(taken[0], 1).flag, 2);
}

TEST_F(SendBatches, KeepsTheOrderOfAQueueWhereLevelsDiffer) {
  batches.expect(1000);
  ASSERT_TRUE(add("a", "UNIQ_KEY\1k\2", 0, false, ack_level::disk));
  ASSERT_TRUE(add("b", "UNIQ_KEY\1l\2", 0, false, ack_level::memory));
  ASSERT_TRUE(add("c", "UNIQ_KEY\1m\2", 0, false, ack_level::disk));
  const auto taken = batches.take();
  ASSERT_EQ(taken.size(), 3u);
  EXPECT_EQ(message(taken[1], 0).body, "b");
  EXPECT_EQ(message(taken[2], 0).body, "c");
}

TEST_F(SendBatches, RefusesABatchThatIsTooLargeAltogether) {
  const std::string half(60, 'x');
  const batch_element one{0, half, "UNIQ_KEY\1a\2"};
  EXPECT_EQ(add(joined({one, one}), "", 0, true).error().code,
            errc::message_too_large);
}

TEST_F(SendBatches, RefusesWhatIsTooLargeAndNamesTheLimit) {
  const auto refused = add(std::string(101, 'x'));
  EXPECT_EQ(refused.error().code, errc::message_too_large);
  EXPECT_NE(refused.error().text.find("101"), std::string::npos);
  EXPECT_NE(refused.error().text.find("100"), std::string::npos);
  const auto many = add("a", "k\1" + std::string(40'000, 'x') + "\2");
  EXPECT_EQ(many.error().code, errc::message_too_large);
}

TEST_F(SendBatches, GrowsBeyondWhatWasExpected) {
  batches.expect(10);
  for (int i = 0; i < 1000; ++i)
    ASSERT_TRUE(add(std::string(100, 'x'), "UNIQ_KEY\1k\2"));
  std::size_t messages = 0;
  for (const auto& batch : batches.take())
    for (std::size_t i = 0; i < batch.messages.bodies.size(); ++i, ++messages)
      ASSERT_EQ(message(batch, i).body, std::string(100, 'x'));
  EXPECT_EQ(messages, 1000u);
}

} // namespace apogee::remoting
