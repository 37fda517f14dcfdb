#include "messages/remoting/frame.hpp"
#include "tests/messages/remoting/golden.hpp"
#include "tests/messages/remoting/remoting_test.hpp"

namespace apogee::remoting {

namespace {

class Frame : public remoting_test {
protected:
  /// What is said of the beginning of a frame with these two words.
  static std::string said_of(std::uint32_t total, std::uint32_t word) {
    std::string bytes(8, 0);
    store_integer<std::uint32_t>(bytes.data(), total);
    store_integer<std::uint32_t>(bytes.data() + 4, word);
    const auto next = find_frame(bytes);
    return next ? "missing " + std::to_string(next->missing_bytes)
                : to_string(next.error());
  }
};

} // namespace

TEST_F(Frame, IsFoundWithoutCopying) {
  const auto bytes = json_frame("{}", "hello") + "next";
  const auto next = find_frame(bytes);
  ASSERT_TRUE(next.has_value());
  EXPECT_EQ(next->missing_bytes, 0u);
  EXPECT_EQ(next->found.header, "{}");
  EXPECT_EQ(next->found.body, "hello");
  EXPECT_EQ(next->found.header.data(), bytes.data() + 8);
  EXPECT_EQ(next->found.bytes(), bytes.size() - 4);
}

TEST_F(Frame, MayHaveNeitherHeaderNorBody) {
  const auto next = find_frame(binary_frame(""));
  ASSERT_TRUE(next.has_value());
  EXPECT_EQ(next->missing_bytes, 0u);
  EXPECT_EQ(next->found.type, serialize_type::binary);
  EXPECT_EQ(next->found.bytes(), 8u);
}

TEST_F(Frame, SaysHowMuchIsMissingAtEveryByte) {
  const auto bytes = golden::send_request_json;
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto next = find_frame(std::string_view{bytes}.substr(0, size));
    ASSERT_TRUE(next.has_value());
    const auto wanted = size < 8 ? 8 : bytes.size();
    EXPECT_EQ(next->missing_bytes, wanted - size);
  }
}

TEST_F(Frame, ThatIsTooLongIsRefusedAtItsFirstWord) {
  EXPECT_EQ(said_of(0x00fffffc, 2), "missing 16777208");
  EXPECT_EQ(said_of(0x00fffffd, 2),
            "message-too-large: a frame of 16777217 bytes is over the limit of "
            "16777216");
  std::string first_word(4, 0);
  store_integer<std::uint32_t>(first_word.data(), 0x7fffffff);
  EXPECT_EQ(find_frame(first_word).error().code, errc::message_too_large);
}

TEST_F(Frame, KeepsTheLimitThatIsGiven) {
  const auto bytes = json_frame("{}", "hello");
  EXPECT_TRUE(find_frame(bytes, bytes.size()).has_value());
  EXPECT_FALSE(find_frame(bytes, bytes.size() - 1).has_value());
}

TEST_F(Frame, OfAnotherProtocolIsRefused) {
  EXPECT_EQ(find_frame("GET / HTTP/1.1\r\n").error().code,
            errc::message_too_large);
  EXPECT_EQ(
    find_frame(std::string_view{"\x16\x03\x01\x02\x00\x01", 6}).error().code,
    errc::message_too_large);
}

TEST_F(Frame, ThatLiesAboutItsLengthsIsRefused) {
  EXPECT_EQ(said_of(0xffffffff, 0),
            "malformed: a frame claims a length of -1: the peer does not speak "
            "RocketMQ");
  EXPECT_EQ(said_of(0, 0),
            "malformed: a frame claims a length of 0: the peer does not speak "
            "RocketMQ");
  EXPECT_EQ(said_of(3, 0),
            "malformed: a frame claims a length of 3: the peer does not speak "
            "RocketMQ");
  EXPECT_EQ(said_of(10, 7),
            "malformed: a frame's header claims 7 of its 6 bytes");
  EXPECT_EQ(said_of(10, 0x02000001),
            "malformed: a frame's header has the unknown type 2");
  EXPECT_EQ(said_of(10, 0xff000001),
            "malformed: a frame's header has the unknown type 255");
}

} // namespace apogee::remoting
