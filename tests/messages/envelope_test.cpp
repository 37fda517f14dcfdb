#include "actors/protocol.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/binary_deserializer.hpp>
#include <caf/binary_serializer.hpp>
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

namespace apogee {

namespace {

using append_request = envelope<schema::AppendRequest>;

/// Envelopes on their way between nodes.
class Envelope : public testing::Test {
protected:
  static append_request make(const std::string& topic,
                             std::size_t words_hint = 64) {
    return append_request::build(
      [&](auto b) {
        b.setTopic(topic);
        b.setQueue(7);
      },
      words_hint);
  }

  static result<std::string> topic_of(const append_request& x) {
    return x.read([](schema::AppendRequest::Reader r) {
      return std::string{r.getTopic()};
    });
  }

  std::vector<char> save(append_request& x) {
    std::vector<char> bytes;
    caf::binary_serializer sink{sys, bytes};
    EXPECT_FALSE(sink(x));
    return bytes;
  }

  append_request load(const std::vector<char>& bytes) {
    append_request x;
    caf::binary_deserializer source{sys, bytes};
    EXPECT_FALSE(source(x));
    return x;
  }

  caf::actor_system_config config;
  caf::actor_system sys{config};
};

TEST_F(Envelope, GivesBackWhatWasBuilt) {
  EXPECT_EQ(topic_of(make("orders")).value(), "orders");
}

TEST_F(Envelope, ReadsDefaultsWhenItIsEmpty) {
  EXPECT_EQ(topic_of(append_request{}).value(), "");
}

TEST_F(Envelope, SharesItsWordsWithItsCopies) {
  const auto x = make("orders");
  const auto copy = x;
  EXPECT_EQ(x.words().data, copy.words().data);
}

TEST_F(Envelope, HoldsAMessageThatOutgrewItsHint) {
  const std::string large(100'000, 'x');
  EXPECT_EQ(topic_of(make(large, 1)).value(), large);
}

TEST_F(Envelope, IsOneSegmentAlsoWhenItOutgrewItsHint) {
  // The log keeps what stands behind the first word.
  const auto x = append_request::build(
    [](auto b) {
      auto messages = b.initMessages(100);
      for (unsigned i = 0; i < messages.size(); ++i)
        messages.init(i, 1000);
      b.setTopic("orders");
    },
    1);
  const auto& words = x.words();
  EXPECT_EQ(words.data[0], std::uint64_t{words.count - 1} << 32);
  EXPECT_EQ(topic_of(x).value(), "orders");
}

TEST_F(Envelope, CrossesNodesUnchanged) {
  auto x = make("orders");
  EXPECT_EQ(topic_of(load(save(x))).value(), "orders");
}

TEST_F(Envelope, IsMalformedWhenItIsCut) {
  auto x = make("orders");
  auto bytes = save(x);
  for (std::size_t size = 4; size < bytes.size(); ++size) {
    const auto cut =
      load({bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)});
    const auto topic = topic_of(cut);
    ASSERT_FALSE(topic) << "cut to " << size;
    EXPECT_EQ(topic.error().code, errc::malformed);
  }
}

TEST_F(Envelope, IsRefusedWithoutBeingTakenWhenItIsTooLarge) {
  auto x = make("orders");
  auto bytes = save(x);
  std::memset(bytes.data(), 0x7f, 4);
  const auto topic = topic_of(load(bytes));
  ASSERT_FALSE(topic);
  EXPECT_NE(topic.error().text.find("over the limit"), std::string::npos);
}

TEST_F(Envelope, SurvivesEveryFlippedByte) {
  auto x = make("orders");
  const auto sound = save(x);
  for (std::size_t i = 4; i < sound.size(); ++i)
    for (const char flip : {'\x01', '\x80', '\xff'}) {
      auto bytes = sound;
      bytes[i] = static_cast<char>(bytes[i] ^ flip);
      const auto damaged = load(bytes);
      // Either it reads as something else or it says what is wrong.
      if (const auto topic = topic_of(damaged); !topic) {
        EXPECT_EQ(topic.error().code, errc::malformed);
      }
    }
}

TEST_F(Envelope, StopsAMessageThatPointsAtItselfForEver) {
  // A list whose elements overlap costs more to read than its bytes.
  const auto looping = append_request::build([](auto b) {
    auto list = b.initMessages(64);
    for (unsigned i = 0; i < 64; ++i)
      list.init(i, 8);
  });
  auto words = std::make_shared<std::uint64_t[]>(looping.words().count);
  std::memcpy(words.get(), looping.words().data.get(), looping.size_bytes());
  const auto x = append_request::from_words({words, looping.words().count});
  const auto read = x.read([](schema::AppendRequest::Reader r) {
    std::size_t bytes = 0;
    for (int round = 0; round < 100'000; ++round)
      for (const auto message : r.getMessages())
        bytes += message.size();
    return bytes;
  });
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, errc::malformed);
}

} // namespace

} // namespace apogee
