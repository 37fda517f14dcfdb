#include "messages/remoting_bodies/statistics.hpp"

#include "messages/remoting_bodies/json_writer.hpp"

namespace apogee::remoting {

static void write(json_writer& out, const queue_bounds& x) {
  out.put_map("lastUpdateTimestamp", x.last_update_ms, "maxOffset",
              x.max_offset, "minOffset", x.min_offset);
}

static void write(json_writer& out, const consume_progress& x) {
  out.put_map("brokerOffset", x.broker_offset, "consumerOffset",
              x.consumer_offset, "lastTimestamp", x.last_ms, "pullOffset",
              x.pull_offset);
}

static void write(json_writer& out, const consume_stats& x) {
  out.put_map("consumeTps", x.consumed_per_second, "offsetTable", x.queues);
}

static void write(json_writer& out, const stats_sample& x) {
  out.put_map("avgpt", x.average, "sum", x.sum, "tps", x.per_second);
}

static void write(json_writer& out, const consume_time_span& x) {
  out.put_map("consumeTimeStamp", x.consume_ms, "delayTime", x.delay_ms,
              "maxTimeStamp", x.max_ms, "messageQueue", x.queue, "minTimeStamp",
              x.min_ms);
}

std::string write_topic_stats(const topic_stats& x) {
  return write_map_body("offsetTable", x.queues, "topicPutTps",
                        x.puts_per_second);
}

std::string write_consume_stats(const consume_stats& x) {
  return write_body(x);
}

std::string write_broker_consume_stats(const broker_consume_stats& x) {
  const auto groups = [&](json_writer& out) {
    out.put_list(x.groups, [&](const auto& group) {
      out.put_map(group.first, group.second);
    });
  };
  return write_map_body("brokerAddr", x.broker_address, "consumeStatsList",
                        groups, "totalDiff", x.behind_total,
                        "totalInflightDiff", x.in_flight_total);
}

std::string write_broker_stats(const broker_stats& x) {
  return write_map_body("statsDay", x.day, "statsHour", x.hour, "statsMinute",
                        x.minute);
}

std::string
write_consume_time_spans(const std::vector<consume_time_span>& spans) {
  return write_map_body("consumeTimeSpanSet", spans);
}

} // namespace apogee::remoting
