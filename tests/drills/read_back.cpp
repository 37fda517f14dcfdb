#include "tests/drills/read_back.hpp"

#include "actors/client/pull_consumer.hpp"
#include "tests/support/process.hpp"

namespace apogee::drills {

namespace {

using places = std::map<queue_place, std::string>;

result<void> read_queue(client::pull_consumer& consumer,
                        const client::topic_queue& queue, places& out) {
  const auto ends = consumer.offsets(queue);
  if (!ends)
    return ends.error();
  auto offset = ends->min_offset;
  while (offset < ends->max_offset) {
    const auto batch = consumer.pull(queue, offset);
    if (!batch)
      return batch.error();
    if (batch->messages.empty())
      return {errc::corrupt, "a queue ends at " + std::to_string(offset.value)
                               + " before its end, "
                               + std::to_string(ends->max_offset.value)};
    for (const auto& message : batch->messages) {
      if (message.offset != offset)
        return {errc::corrupt, "offset " + std::to_string(offset.value)
                                 + " of a queue is not there"};
      out.emplace(queue_place{queue.topic, queue.number, offset.value},
                  message.body);
      ++offset.value;
    }
  }
  return {};
}

} // namespace

result<places> read_back(caf::actor_system& system,
                         const std::vector<std::string>& nameservers,
                         const std::string& topic) {
  client::pull_consumer_settings settings;
  settings.nameservers = nameservers;
  settings.timeout = patience;
  auto consumer = client::spawn_pull_consumer(system, settings);
  const auto queues = consumer.queues(topic);
  if (!queues)
    return queues.error();
  places out;
  for (const auto& queue : *queues)
    if (const auto read = read_queue(consumer, queue, out); !read)
      return read.error();
  consumer.stop();
  return out;
}

} // namespace apogee::drills
