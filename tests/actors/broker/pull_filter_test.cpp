#include "tests/actors/broker/broker_test.hpp"

#include <utility>

namespace apogee::broker {

namespace {

using strings = std::vector<std::string>;

/// Pulls that say which messages they want.
class PullFilter : public broker_test {
protected:
  PullFilter() {
    start();
    create_topic("orders");
  }

  /// A message with a tag and, unless it is empty, a property "price".
  void send(const std::string& body, const std::string& tag,
            const std::string& price = {}) {
    std::string properties;
    remoting::append_property(properties, remoting::property_names::tags, tag);
    if (!price.empty())
      remoting::append_property(properties, "price", price);
    const message_view message{.properties = properties, .body = body};
    std::vector<std::uint64_t> words(encoded_message_words(message));
    apogee::encode_message(message, words);
    const auto request = envelope<schema::AppendRequest>::build([&](auto b) {
      b.setTopic("orders");
      b.setAck(static_cast<std::uint8_t>(ack_level::memory));
      b.initMessages(1).set(
        0, kj::arrayPtr(reinterpret_cast<const kj::byte*>(words.data()),
                        words.size() * sizeof(words[0])));
    });
    ASSERT_TRUE(ask<envelope<schema::AppendReply>>(service, request));
  }

  static envelope<schema::PullRequest>
  filtered(const std::string& type, const std::string& filter,
           std::uint64_t offset = 0, std::uint32_t wait_ms = 0,
           std::uint32_t count_max = 1024) {
    return envelope<schema::PullRequest>::build([&](auto b) {
      b.setTopic("orders");
      b.setOffset(offset);
      b.setWaitMs(wait_ms);
      b.setCountMax(count_max);
      b.setFilterType(type);
      b.setFilter(filter);
    });
  }

  result<pulled> pull(const envelope<schema::PullRequest>& request) {
    const auto reply = ask<envelope<schema::PullReply>>(service, request);
    if (!reply)
      return reply.error();
    return decode(*reply);
  }
};

TEST_F(PullFilter, BringsTheTagsThatAreWantedAndGoesOnBehindTheOthers) {
  send("a", "paid");
  send("b", "open");
  send("c", "shipped");
  send("d", "open");
  const auto got = pull(filtered("TAG", "paid || shipped"));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->bodies, (strings{"a", "c"}));
  EXPECT_EQ(got->offsets, (std::vector<std::uint64_t>{0, 2}));
  EXPECT_EQ(got->next_offset, 4u);
}

TEST_F(PullFilter, ATagOfTheSameHashIsNotWanted) {
  ASSERT_EQ(tag_hash("Aa"), tag_hash("BB"));
  send("a", "Aa");
  send("b", "BB");
  const auto got = pull(filtered("TAG", "BB"));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->bodies, strings{"b"});
}

TEST_F(PullFilter, BringsWhatAConditionOverPropertiesHoldsFor) {
  send("a", "x", "5");
  send("b", "x", "15");
  send("c", "x");
  send("d", "x", "25");
  const auto got = pull(filtered("SQL92", "price > 10"));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->bodies, (strings{"b", "d"}));
  EXPECT_EQ(got->next_offset, 4u);
}

TEST_F(PullFilter, TheCountIsOfTheWantedOnes) {
  for (int i = 0; i < 6; ++i)
    send(std::to_string(i), "x", i % 2 == 0 ? "1" : "20");
  const auto got = pull(filtered("SQL92", "price > 10", 0, 0, 2));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->bodies, (strings{"1", "3"}));
  const auto rest =
    pull(filtered("SQL92", "price > 10", got->next_offset, 0, 2));
  ASSERT_TRUE(rest);
  EXPECT_EQ(rest->bodies, strings{"5"});
  EXPECT_EQ(rest->next_offset, 6u);
}

TEST_F(PullFilter, OnlyWhatIsDeliveredCountsAlsoWhenItIsReadFromTheDisk) {
  for (int i = 0; i < 6; ++i)
    send(std::to_string(i), "x", i % 3 == 0 ? "20" : "1");
  for (const auto is_on_disk : {false, true}) {
    if (is_on_disk) {
      stop();
      start();
    }
    ASSERT_EQ(pull(filtered("SQL92", "price > 10"))->bodies,
              (strings{"0", "3"}));
    EXPECT_EQ(shared->statistics->gets()->read().messages, 2u);
    EXPECT_EQ(shared->counts->messages_pulled, 2u);
    EXPECT_EQ(pull(filtered("SQL92", "price > 30"))->bodies, strings{});
    EXPECT_EQ(shared->statistics->gets()->read().messages, 2u);
    EXPECT_EQ(shared->counts->empty_pulls, 1u);
  }
}

TEST_F(PullFilter, APullWaitsUntilSomethingWantedComes) {
  std::uint64_t offset = 0;
  for (const auto& [type, filter] :
       {std::pair{"SQL92", "price > 10"}, std::pair{"TAG", "wanted"}}) {
    auto waiting = self->request(service, caf::infinite,
                                 filtered(type, filter, offset, 60'000));
    run();
    send("not this", "other", "1");
    send("this", "wanted", "11");
    offset += 2;
    waiting.receive(
      [&](const envelope<schema::PullReply>& reply) {
        EXPECT_EQ(decode(reply)->bodies, strings{"this"});
        EXPECT_EQ(decode(reply)->next_offset, offset);
      },
      [](const caf::error& error) { FAIL() << to_string(to_failure(error)); });
  }
}

TEST_F(PullFilter, RefusesWhatItDoesNotUnderstand) {
  const auto no_condition = pull(filtered("SQL92", "price >"));
  ASSERT_FALSE(no_condition);
  EXPECT_EQ(no_condition.error().code, errc::invalid_argument);
  const auto no_type = pull(filtered("XPATH", "//a"));
  ASSERT_FALSE(no_type);
  EXPECT_EQ(no_type.error().code, errc::not_supported);
}

} // namespace

} // namespace apogee::broker
