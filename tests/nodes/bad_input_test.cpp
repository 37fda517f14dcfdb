#include "tests/nodes/standalone_test.hpp"

#include <vector>

namespace apogee {

namespace {

using testing::HasSubstr;

class BadInput : public standalone_test {
protected:
  /// Asks a service with `words` in place of a request; the refusal's text.
  template <class Reply, class Request>
  std::string refusal_of(const std::string& service,
                         const envelope<Request>& request) {
    auto node = admin().connect(service);
    if (!node)
      return "not connected: " + to_string(node.error());
    const auto reply = node->ask<Reply>(request);
    return reply ? "accepted" : to_string(reply.error());
  }
};

template <class Schema>
envelope<Schema> hand_made(const std::vector<std::uint64_t>& words) {
  auto data = std::make_shared<std::uint64_t[]>(words.size());
  std::copy(words.begin(), words.end(), data.get());
  return envelope<Schema>::from_words({data, words.size()});
}

/// A sound request whose words can be spoilt.
std::vector<std::uint64_t> words_of_append() {
  const auto sound = envelope<schema::AppendRequest>::build([](auto builder) {
    builder.setTopic("good");
    builder.initMessages(1).set(
      0, kj::arrayPtr(reinterpret_cast<const kj::byte*>("12345678"), 8));
  });
  return {sound.words().data.get(),
          sound.words().data.get() + sound.words().count};
}

} // namespace

TEST_F(BadInput, AnUnknownTopicIsRefusedWithTheCommandThatCreatesIt) {
  auto producer = spawn_producer();
  const auto sent = send(producer, "body", "nobody-created-this");
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, errc::unknown_topic) << to_string(sent.error());
  EXPECT_THAT(sent.error().text,
              HasSubstr("apogee topic create nobody-created-this"));
  EXPECT_THAT(refusal_of<schema::PullReply>(
                "broker", envelope<schema::PullRequest>::build(
                            [](auto b) { b.setTopic("nor-this"); })),
              HasSubstr("apogee topic create nor-this"));
}

TEST_F(BadInput, AnUnknownQueueIsRefusedWithThoseThereAre) {
  EXPECT_THAT(refusal_of<schema::PullReply>(
                "broker", envelope<schema::PullRequest>::build([](auto b) {
                  b.setTopic(topic);
                  b.setQueue(7);
                })),
              HasSubstr("has queues 0 to 1, not 7"));
}

TEST_F(BadInput, ABodyOverTheLimitIsRefusedByProducerAndBroker) {
  const std::string body((4u << 20) + 1, 'x');
  const auto by_producer = send(bystander_, body);
  ASSERT_FALSE(by_producer);
  EXPECT_EQ(by_producer.error().code, errc::message_too_large);
  auto settings = patient();
  settings.message_size_max = 8u << 20;
  auto careless = spawn_producer(settings);
  const auto by_broker = send(careless, body);
  ASSERT_FALSE(by_broker);
  EXPECT_EQ(by_broker.error().code, errc::message_too_large)
    << to_string(by_broker.error());
  EXPECT_THAT(by_broker.error().text, HasSubstr("broker.message-size-max"));
  const auto largest = send(bystander_, std::string(4u << 20, 'x'));
  EXPECT_TRUE(largest) << to_string(largest.error());
}

TEST_F(BadInput, IllegalNamesAreRefusedWithWhatIsLegal) {
  for (const auto& name :
       {std::string{}, std::string{"a b"}, std::string{"../x"},
        std::string{"\xc3\xa9"}, std::string{"line\nbreak"},
        std::string(300, 'n'), std::string{"a/b"}}) {
    const auto created = admin().create_topic(name, 1);
    ASSERT_FALSE(created) << name;
    EXPECT_EQ(created.error().code, errc::illegal_name)
      << name << ": " << to_string(created.error());
    EXPECT_FALSE(created.error().text.empty());
    EXPECT_THAT(created.error().text, testing::Not(HasSubstr("\n")));
    const auto sent = send(bystander_, "body", name);
    ASSERT_FALSE(sent) << name;
  }
  EXPECT_THAT(refusal_of<schema::GroupList>(
                "groups", envelope<schema::GroupReset>::build([](auto b) {
                  b.setGroup("no group");
                  b.setTopic(topic);
                })),
              HasSubstr("illegal-name"));
}

TEST_F(BadInput, AnOffsetOutOfRangeIsRefusedWithWhatIsKept) {
  auto consumer = spawn_consumer();
  const auto queues = consumer.queues(topic);
  ASSERT_TRUE(queues) << to_string(queues.error());
  const auto pulled = consumer.pull(queues->front(), {1'000});
  ASSERT_FALSE(pulled);
  EXPECT_EQ(pulled.error().code, errc::offset_out_of_range)
    << to_string(pulled.error());
  EXPECT_THAT(pulled.error().text, HasSubstr("outside of what is kept"));
  EXPECT_THAT(pulled.error().text, HasSubstr("1000"));
}

TEST_F(BadInput, AnUnreachableLevelIsRefusedWithThoseThereAre) {
  EXPECT_THAT(refusal_of<schema::AppendReply>(
                "broker", envelope<schema::AppendRequest>::build([](auto b) {
                  b.setTopic(topic);
                  b.setAck(3);
                  b.initMessages(1);
                })),
              HasSubstr("no replica is configured"));
  EXPECT_THAT(refusal_of<schema::AppendReply>(
                "broker", envelope<schema::AppendRequest>::build([](auto b) {
                  b.setTopic(topic);
                  b.setAck(200);
                  b.initMessages(1);
                })),
              HasSubstr("acknowledgement levels are 0 to 4"));
}

TEST_F(BadInput, AToolsRequestThatNeedsAConnectionIsRefused) {
  constexpr auto heartbeat = 34;
  for (const auto* service : {"broker_tools", "nameserver_tools"})
    EXPECT_THAT(refusal_of<schema::ToolReply>(
                  service, envelope<schema::ToolRequest>::build(
                             [&](auto b) { b.setCode(heartbeat); })),
                HasSubstr("requests of code 34"));
  constexpr auto get_broker_config = 26;
  EXPECT_THAT(
    refusal_of<schema::ToolReply>(
      "nameserver_tools", envelope<schema::ToolRequest>::build(
                            [&](auto b) { b.setCode(get_broker_config); })),
    HasSubstr("does not serve"));
}

TEST_F(BadInput, AToolsRequestWithOddFieldsIsRefusedAndHarmsNobody) {
  constexpr auto get_broker_config = 26;
  constexpr auto clone_group_offset = 314;
  const auto ask = [&](int code, const std::vector<std::string>& names) {
    return refusal_of<schema::ToolReply>(
      "broker_tools", envelope<schema::ToolRequest>::build([&](auto b) {
        b.setCode(code);
        auto list = b.initFields(static_cast<unsigned>(names.size()));
        for (unsigned i = 0; i < list.size(); ++i)
          list[i].setName(names[i]);
      }));
  };
  for (const std::string name :
       {R"(a"b)", R"(z":""},"code":222,"x":{"y)", "a\\", "a b", "", "\xc3\xa9"})
    EXPECT_THAT(ask(clone_group_offset, {name}), HasSubstr("field's name"));
  EXPECT_THAT(ask(clone_group_offset, {std::string(65, 'x')}),
              HasSubstr("field's name"));
  EXPECT_THAT(ask(get_broker_config, std::vector<std::string>(1025, "x")),
              HasSubstr("at most 64 fields"));
  EXPECT_EQ(ask(get_broker_config, std::vector<std::string>(64, "x")),
            "accepted");
}

TEST_F(BadInput, ABrokenEnvelopeIsRefusedByEveryServiceAndTheSenderNamed) {
  const std::vector<std::vector<std::uint64_t>> broken{
    {0xffffffffffffffff},    // four billion segments
    {0x0000000100000000},    // one segment of one word, which is missing
    {0x0000100000000000, 0}, // a segment that ends too early
    {0x0000000100000000, 0x0001000012345678}, // a pointer far outside
    {0x0000000100000000, 0x00000001fffffff8}, // a pointer to before the start
    {0x0000000000000000},                     // no root
  };
  for (const auto& words : broken) {
    const auto answers = {
      refusal_of<schema::AppendReply>("broker",
                                      hand_made<schema::AppendRequest>(words)),
      refusal_of<schema::PullReply>("broker",
                                    hand_made<schema::PullRequest>(words)),
      refusal_of<schema::OffsetAnswer>("broker",
                                       hand_made<schema::OffsetQuery>(words)),
      refusal_of<schema::MemberReportReply>(
        "groups", hand_made<schema::MemberReport>(words)),
      refusal_of<schema::GroupList>("groups",
                                    hand_made<schema::GroupReset>(words)),
      refusal_of<schema::TopicList>("admin",
                                    hand_made<schema::TopicCreate>(words)),
      refusal_of<schema::TopicList>("admin",
                                    hand_made<schema::TopicDelete>(words)),
      refusal_of<schema::ToolReply>("broker_tools",
                                    hand_made<schema::ToolRequest>(words)),
      refusal_of<schema::RouteReply>("nameserver",
                                     hand_made<schema::RouteRequest>(words)),
      refusal_of<schema::CrashReply>("supervision",
                                     hand_made<schema::CrashRequest>(words))};
    for (const auto& answer : answers)
      EXPECT_THAT(answer, HasSubstr("malformed")) << std::hex << words[0];
  }
}

TEST_F(BadInput, AnyFlippedBitOfARequestIsAnsweredAndHarmsNobody) {
  auto node = admin().connect("broker");
  ASSERT_TRUE(node) << to_string(node.error());
  const auto sound = words_of_append();
  for (std::size_t bit = 0; bit < sound.size() * 64; ++bit) {
    auto words = sound;
    words[bit / 64] ^= std::uint64_t{1} << (bit % 64);
    const auto reply =
      node->ask<schema::AppendReply>(hand_made<schema::AppendRequest>(words));
    // Whatever the bit was for: an answer, and in time. (One-way requests and
    // other levels are among them.)
    if (!reply) {
      ASSERT_NE(reply.error().code, errc::timeout) << "bit " << bit;
      ASSERT_NE(reply.error().code, errc::unreachable) << "bit " << bit;
    }
  }
}

} // namespace apogee
