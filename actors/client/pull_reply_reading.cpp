#include "actors/client/pull_reply_reading.hpp"

#include "actors/client/message_encoding.hpp"
#include "messages/record.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace apogee::client {

void set_filter(schema::PullRequest::Builder request,
                const message_filter& filter) {
  request.setFilterType(filter.type == message_filter::kind::sql ? "SQL92"
                                                                 : "TAG");
  request.setFilter(filter.expression);
}

result<pulled_records>
read_pull_reply(const envelope<schema::PullReply>& reply) {
  return reply.read([](schema::PullReply::Reader in) {
    const auto records = in.getRecords();
    return pulled_records{
      {in.getNextOffset()},
      {in.getMinOffset()},
      {in.getMaxOffset()},
      in.getCount(),
      std::as_bytes(std::span{records.begin(), records.size()})};
  });
}

result<void> take_message(std::span<const std::byte>& records,
                          received_message& out) {
  const auto record = decode_record(records);
  if (!record)
    return record.error();
  if (auto decoded = decode_message(*record, out); !decoded)
    return decoded;
  records = records.subspan(record->size_bytes);
  return {};
}

result<pulled_batch> decode_batch(const envelope<schema::PullReply>& reply,
                                  const std::string& broker,
                                  const std::string& topic) {
  const auto pulled = read_pull_reply(reply);
  if (!pulled)
    return pulled.error();

  struct buffer {
    envelope<schema::PullReply> reply;
    std::string broker;
    std::string topic;
  };

  auto kept = std::make_shared<buffer>(buffer{reply, broker, topic});
  pulled_batch batch;
  batch.next_offset = pulled->next_offset;
  batch.min_offset = pulled->min_offset;
  batch.max_offset = pulled->max_offset;
  auto records = pulled->records;
  batch.messages.reserve(
    std::min<std::size_t>(pulled->count, records.size() / record_header_bytes));
  while (!records.empty()) {
    received_message message;
    message.broker = kept->broker;
    message.topic = kept->topic;
    message.stored_topic = kept->topic;
    if (auto taken = take_message(records, message); !taken)
      return taken.error();
    batch.messages.push_back(std::move(message));
  }
  batch.buffer = std::move(kept);
  return batch;
}

} // namespace apogee::client
