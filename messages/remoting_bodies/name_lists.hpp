#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

/// Answers that are names, or texts by name.
namespace apogee::remoting {

/// Answer of 206, 224, 304, 305, 311 to 313 and 343. With 304 comes the address
/// of any broker, whom the tool then asks with 305.
std::string
write_topic_list(const std::vector<std::string>& topics,
                 const std::optional<std::string>& broker_address = {});

/// Answer of 300.
std::string write_group_list(const std::vector<std::string>& groups);

/// Answer of 38. Without members 38 is answered by an error, not by this.
std::string write_consumer_id_list(const std::vector<std::string>& client_ids);

/// Answer of 28 and 219.
std::string
write_key_value_table(const std::map<std::string, std::string>& table);

} // namespace apogee::remoting
