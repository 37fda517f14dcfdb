// Arbitrary bytes as an envelope of each kind that a peer may send. The first
// byte chooses the schema, the second one how the others become its words: as
// they come from another node, or made into one segment, so that the fuzzer
// gets past the framing.
#include "actors/broker/append_check.hpp"
#include "actors/protocol.hpp"
#include "messages/message.capnp.h"
#include "messages/remoting/properties.hpp"
#include "store/views/record_body.hpp"

#include <caf/binary_deserializer.hpp>
#include <caf/binary_serializer.hpp>
#include <capnp/dynamic.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace apogee {

namespace {

constexpr std::size_t input_bytes_max = 64u << 10;
constexpr std::uint64_t message_size_max = 16u << 10;

/// Most bytes that reading a message of `words` once may show: data that is
/// pointed at more than once counts each time.
std::size_t shown_bytes_max(std::size_t words) {
  return (words * 4 + 1024) * sizeof(capnp::word);
}

/// Follows every pointer there is; the size of all texts and data.
std::size_t walk(capnp::DynamicValue::Reader value) {
  std::size_t bytes = 0;
  switch (value.getType()) {
  case capnp::DynamicValue::TEXT: {
    const auto text = value.as<capnp::Text>();
    APOGEE_CHECK(text.begin()[text.size()] == '\0');
    return text.size();
  }
  case capnp::DynamicValue::DATA:
    return value.as<capnp::Data>().size();
  case capnp::DynamicValue::LIST:
    for (const auto one : value.as<capnp::DynamicList>())
      bytes += walk(one);
    return bytes;
  case capnp::DynamicValue::STRUCT: {
    const auto all = value.as<capnp::DynamicStruct>();
    for (const auto field : all.getSchema().getFields())
      bytes += walk(all.get(field));
    return bytes;
  }
  default: // numbers, flags, enumerations
    return 0;
  }
}

/// The words as another node's bytes give them to an actor.
template <class Schema>
envelope<Schema> received(std::span<const char> bytes) {
  envelope<Schema> out;
  caf::binary_deserializer source{nullptr, bytes.data(), bytes.size()};
  // Without a whole count there is no envelope; CAF drops such a message.
  APOGEE_CHECK(!source(out) || bytes.size() < sizeof(std::uint32_t));
  if (!out.defect().empty())
    APOGEE_CHECK(out.words().count == 0);
  return out;
}

/// The words as the one segment of a message.
template <class Schema>
envelope<Schema> wrapped(std::span<const char> bytes) {
  const auto count = bytes.size() / sizeof(std::uint64_t);
  auto words = std::make_shared<std::uint64_t[]>(count + 1);
  const std::array<std::uint32_t, 2> table{0,
                                           static_cast<std::uint32_t>(count)};
  std::memcpy(words.get(), table.data(), sizeof(table));
  if (count > 0)
    std::memcpy(words.get() + 1, bytes.data(), count * sizeof(std::uint64_t));
  return envelope<Schema>::from_words({std::move(words), count + 1});
}

/// What was taken goes on to a third node as it came.
template <class Schema>
void check_passed_on(const envelope<Schema>& x) {
  std::vector<char> bytes;
  caf::binary_serializer sink{nullptr, bytes};
  auto copy = x;
  APOGEE_CHECK(!sink(copy));
  const auto again = received<Schema>(bytes);
  APOGEE_CHECK(again.defect().empty() && again.size_bytes() == x.size_bytes());
  if (x.words().count > 0)
    APOGEE_CHECK(std::memcmp(again.words().data.get(), x.words().data.get(),
                             x.size_bytes())
                 == 0);
}

/// A batch that was accepted lies inside the request, and each of its messages
/// has a body and a tag that can be read.
void check_batch(const envelope<schema::AppendRequest>& request) {
  const auto batch = broker::check_append(request, message_size_max);
  if (!batch) {
    APOGEE_CHECK(batch.error().code != errc::none);
    APOGEE_CHECK(!batch.error().text.empty());
    return;
  }
  const auto words =
    std::as_bytes(std::span{request.words().data.get(), request.words().count});
  APOGEE_CHECK(!batch->bodies.empty());
  APOGEE_CHECK(batch->bodies.size() == batch->tag_hashes.size());
  std::size_t total = 0;
  for (std::size_t i = 0; i < batch->bodies.size(); ++i) {
    const auto body = batch->bodies[i];
    total += body.size();
    APOGEE_CHECK(!body.empty() && body.data() >= words.data());
    APOGEE_CHECK(body.data() + body.size() <= words.data() + words.size());
    const auto tag = store::read_body<schema::Message>(
      body, [](schema::Message::Reader message) {
        APOGEE_CHECK(message.getBody().size() <= message_size_max);
        const auto bytes = message.getProperties();
        const std::string_view properties{
          reinterpret_cast<const char*>(bytes.begin()), bytes.size()};
        return tag_hash(
          remoting::find_property(properties, remoting::property_names::tags)
            .value_or(""));
      });
    APOGEE_CHECK(tag && *tag == batch->tag_hashes[i]);
    // The consumer's part: it may find more damage, and says so.
    (void)store::read_body<schema::Message>(body, [](auto message) {
      return walk(capnp::DynamicStruct::Reader{message});
    }).has_value();
  }
  APOGEE_CHECK(total <= shown_bytes_max(request.words().count));
}

/// Reading either shows no more than it may cost, or says what is wrong.
template <class Schema>
void check(std::span<const char> bytes, bool is_raw) {
  const auto x = is_raw ? received<Schema>(bytes) : wrapped<Schema>(bytes);
  const auto shown = x.read([](typename Schema::Reader reader) {
    return walk(capnp::DynamicStruct::Reader{reader});
  });
  if (shown) {
    APOGEE_CHECK(*shown <= shown_bytes_max(x.words().count));
  } else {
    APOGEE_CHECK(shown.error().code == errc::malformed);
    APOGEE_CHECK(!shown.error().text.empty());
  }
  if (x.defect().empty())
    check_passed_on(x);
  if constexpr (std::is_same_v<Schema, schema::AppendRequest>)
    check_batch(x);
}

template <class... Schemas>
void check_one_of(std::uint8_t choice, std::span<const char> bytes,
                  bool is_raw) {
  using check_function = void (*)(std::span<const char>, bool);
  constexpr std::array<check_function, sizeof...(Schemas)> checks{
    &check<Schemas>...};
  checks[choice % checks.size()](bytes, is_raw);
}

} // namespace

} // namespace apogee

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  using namespace apogee::schema;
  if (size < 2 || size > apogee::input_bytes_max)
    return 0;
  const std::span rest{reinterpret_cast<const char*>(data) + 2, size - 2};
  apogee::check_one_of<
    AppendRequest, Hello, Welcome, AppendReply, PullRequest, PullReply,
    OffsetQuery, OffsetAnswer, JoinRequest, JoinReply, Assignment, MemberReport,
    MemberReportReply, GroupQuery, GroupList, GroupReset, TopicCreate,
    TopicDelete, TopicQuery, TopicList, StatusRequest, StatusReply, TreeRequest,
    TreeReply, LogRequest, LogReply, CrashRequest, CrashReply, RegisterRequest,
    RegisterReply, RouteRequest, RouteReply, ToolRequest, ToolReply>(
    data[0], rest, (data[1] & 1) != 0);
  return 0;
}
