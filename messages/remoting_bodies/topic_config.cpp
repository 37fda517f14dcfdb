#include "messages/remoting_bodies/topic_config.hpp"

#include "messages/remoting_bodies/json_fields.hpp"
#include "messages/remoting_bodies/json_writer.hpp"

#include <utility>

namespace apogee::remoting {

namespace {

struct topic_config_list {
  std::vector<topic_config> topics;
};

void read(json_fields& in, topic_config_list& out) {
  in.read("topicConfigList", out.topics);
}

} // namespace

static void read(json_fields& in, topic_config& out) {
  in.require("topicName", out.name);
  in.read("readQueueNums", out.read_queues);
  in.read("writeQueueNums", out.write_queues);
  in.read("perm", out.permission);
  in.read("topicSysFlag", out.system_flag);
  in.read("topicFilterType", out.filter_type, topic_filter_type_names);
  in.read("order", out.is_ordered);
  in.read("attributes", out.attributes);
}

static void write(json_writer& out, const topic_config& x) {
  out.put_map("attributes", x.attributes, "order", x.is_ordered, "perm",
              x.permission, "readQueueNums", x.read_queues, "topicFilterType",
              name_of(x.filter_type, topic_filter_type_names), "topicName",
              x.name, "topicSysFlag", x.system_flag, "writeQueueNums",
              x.write_queues);
}

result<std::vector<topic_config>>
parse_topic_config_list(std::string_view body) {
  auto list = parse_body<topic_config_list>("topic configs", body);
  if (!list)
    return list.error();
  return std::move(list->topics);
}

std::string write_topic_config(const topic_config& x) {
  return write_body(x);
}

std::string write_topic_config_table(const std::vector<topic_config>& topics,
                                     const data_version& version) {
  const auto table = [&](json_writer& out) {
    out.put_entries(topics, [&](const topic_config& topic) {
      out.put_member(topic.name, topic);
    });
  };
  return write_map_body("dataVersion", version, "topicConfigTable", table);
}

} // namespace apogee::remoting
