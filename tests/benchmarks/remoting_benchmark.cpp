// What RocketMQ's protocol costs by itself: headers in and out, in both forms,
// and stored messages as answers to pulls carry them.
#include "messages/remoting/command_decoder.hpp"
#include "messages/remoting/frame_writer.hpp"
#include "messages/remoting/message_id.hpp"
#include "messages/remoting/pull_header.hpp"
#include "messages/remoting/send_header.hpp"
#include "messages/remoting/stored_message.hpp"

#include <benchmark/benchmark.h>
#include <cstdlib>
#include <string>
#include <vector>

namespace apogee::remoting {

namespace {

/// A request to send, as a producer in Java writes it.
std::vector<char> send_request(serialize_type type) {
  std::vector<char> out;
  frame_head head;
  head.code = static_cast<std::int32_t>(request_code::send_message_v2);
  head.opaque = 9;
  frame_writer writer{out, type, head};
  writer.field("a", "PG");
  writer.field("b", "TopicTest");
  writer.field("c", "TBW102");
  writer.field("d", 4);
  writer.field("e", 2);
  writer.field("f", 0);
  writer.field("g", std::int64_t{1700000000000});
  writer.field("h", 0);
  writer.field("i", "KEYS\1k1\2UNIQ_KEY\1"
                    "0A010203109218B4AAC2000000000000\2WAIT\1true\2TAGS\1TagA"
                    "\2");
  writer.field("j", 0);
  writer.field("k", false);
  writer.field("m", false);
  writer.field("n", "broker-a");
  const std::string_view body = "hello";
  auto& to = writer.body();
  to.insert(to.end(), body.begin(), body.end());
  if (!writer.finish())
    std::abort();
  return out;
}

std::vector<char> pull_request() {
  std::vector<char> out;
  frame_head head;
  head.code = static_cast<std::int32_t>(request_code::pull_message);
  frame_writer writer{out, serialize_type::json, head};
  writer.field("commitOffset", 0);
  writer.field("consumerGroup", "CG");
  writer.field("expressionType", "TAG");
  writer.field("maxMsgNums", 32);
  writer.field("queueId", 3);
  writer.field("queueOffset", 123456);
  writer.field("subVersion", std::int64_t{1700000000000});
  writer.field("suspendTimeoutMillis", 15000);
  writer.field("sysFlag", 2);
  writer.field("topic", "TopicTest");
  if (!writer.finish())
    std::abort();
  return out;
}

/// From received bytes to a command: the frame is found, the header decoded.
void decode(benchmark::State& state, const std::vector<char>& bytes) {
  command_decoder decoder;
  for (auto _ : state) {
    const auto next = find_frame({bytes.data(), bytes.size()});
    if (!next || !decoder.decode(next->found))
      std::abort();
    benchmark::DoNotOptimize(decoder.decoded().fields.data());
  }
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(state.iterations()
                          * static_cast<std::int64_t>(bytes.size()));
}

void decode_send_request(benchmark::State& state) {
  decode(state, send_request(static_cast<serialize_type>(state.range(0))));
}

void decode_pull_request(benchmark::State& state) {
  decode(state, pull_request());
}

/// The fields that decode_send_request leaves as text.
void read_send_header(benchmark::State& state) {
  const auto bytes = send_request(serialize_type::json);
  command_decoder decoder;
  if (!decoder.decode(find_frame({bytes.data(), bytes.size()})->found))
    std::abort();
  for (auto _ : state) {
    auto header = decode_send_header(decoder.decoded());
    benchmark::DoNotOptimize(header);
  }
  state.SetItemsProcessed(state.iterations());
}

void read_pull_header(benchmark::State& state) {
  const auto bytes = pull_request();
  command_decoder decoder;
  if (!decoder.decode(find_frame({bytes.data(), bytes.size()})->found))
    std::abort();
  for (auto _ : state) {
    auto header = decode_pull_header(decoder.decoded());
    benchmark::DoNotOptimize(header);
  }
  state.SetItemsProcessed(state.iterations());
}

/// The answer to a send, its message id included, into a buffer that has been
/// as large before.
void encode_send_answer(benchmark::State& state) {
  command request;
  request.type = static_cast<serialize_type>(state.range(0));
  request.opaque = 9;
  const auto host = *parse_host("10.0.0.1", 10911);
  std::vector<char> out;
  std::int64_t offset = 0;
  for (auto _ : state) {
    out.clear();
    frame_writer writer{out, request.type,
                        answer_to(request, response_code::success)};
    writer.field("MSG_REGION", "DefaultRegion");
    writer.field("TRACE_ON", true);
    writer.field("msgId", message_id_text{{host, offset}});
    writer.field("queueId", 2);
    writer.field("queueOffset", ++offset);
    writer.field("transactionId", "0A010203109218B4AAC2000000000000");
    if (!writer.finish())
      std::abort();
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations());
}

/// One message with 1 KiB of body. Argument: its checksum is to be computed.
void encode_stored_message(benchmark::State& state) {
  const std::string body(1024, 'x');
  stored_message message;
  message.born_host = *parse_host("10.1.2.3", 50000);
  message.store_host = *parse_host("10.0.0.1", 10911);
  message.born_timestamp_ms = message.store_timestamp_ms = 1700000000000;
  message.body = body;
  message.topic = "TopicTest";
  message.properties = "UNIQ_KEY\1"
                       "0A010203109218B4AAC2000000000000\2CLUSTER\1"
                       "DefaultCluster\2TAGS\1TagA\2";
  if (state.range(0) == 0)
    message.body_checksum = body_checksum(body);
  std::vector<char> out;
  for (auto _ : state) {
    out.clear();
    ++message.queue_offset;
    if (!append_stored_message(out, message))
      std::abort();
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(state.iterations()
                          * static_cast<std::int64_t>(out.size()));
}

constexpr auto json = static_cast<int>(serialize_type::json);
constexpr auto binary = static_cast<int>(serialize_type::binary);

} // namespace

BENCHMARK(decode_send_request)->Arg(json)->Arg(binary);
BENCHMARK(decode_pull_request);
BENCHMARK(read_send_header);
BENCHMARK(read_pull_header);
BENCHMARK(encode_send_answer)->Arg(json)->Arg(binary);
BENCHMARK(encode_stored_message)->ArgName("checksum")->Arg(0)->Arg(1);

} // namespace apogee::remoting

BENCHMARK_MAIN();
