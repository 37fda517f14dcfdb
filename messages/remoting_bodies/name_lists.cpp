#include "messages/remoting_bodies/name_lists.hpp"

#include "messages/remoting_bodies/json_writer.hpp"

namespace apogee::remoting {

std::string write_topic_list(const std::vector<std::string>& topics,
                             const std::optional<std::string>& broker_address) {
  return write_map_body("brokerAddr", broker_address, "topicList", topics);
}

std::string write_group_list(const std::vector<std::string>& groups) {
  return write_map_body("groupList", groups);
}

std::string write_consumer_id_list(const std::vector<std::string>& client_ids) {
  return write_map_body("consumerIdList", client_ids);
}

std::string
write_key_value_table(const std::map<std::string, std::string>& table) {
  return write_map_body("table", table);
}

} // namespace apogee::remoting
