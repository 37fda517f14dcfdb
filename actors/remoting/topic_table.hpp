#pragma once

#include "messages/topic_info.hpp"

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace apogee::remoting {

/// Takes over what the topic_catalog says: all topics, or those that changed.
template <class TopicsByName>
void take_topics(TopicsByName& topics, const std::vector<topic_info>& changed) {
  for (const auto& topic : changed)
    if (topic.deleted)
      topics.erase(topic.name);
    else
      topics[topic.name] = topic;
}

/// The broker's topics by name, for the sessions. I/O thread only.
class topic_table {
public:
  void take(const std::vector<topic_info>& changed) {
    take_topics(topics_, changed);
  }

  /// Null when there is no such topic.
  const topic_info* find(std::string_view name) const {
    const auto found = topics_.find(name);
    return found == topics_.end() ? nullptr : &found->second;
  }

private:
  struct text_hash {
    using is_transparent = void;

    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };

  std::unordered_map<std::string, topic_info, text_hash, std::equal_to<>>
    topics_;
};

} // namespace apogee::remoting
