#include "actors/client/broadcast_offsets.hpp"

#include "store/replace_file.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>

namespace apogee::client {

broadcast_offsets::broadcast_offsets(std::string path)
  : path_(std::move(path)), loaded_(load()) {}

result<void> broadcast_offsets::load() {
  std::error_code error;
  if (path_.empty() || !std::filesystem::exists(path_, error))
    return {};
  std::ifstream file{path_};
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    if (!load(line))
      return {errc::corrupt, "line " + std::to_string(number) + " of " + path_
                               + " is neither 'BROKER TOPIC QUEUE OFFSET' nor "
                                 "'begun TOPIC TIME_MS': repair it, or delete "
                                 "the file to start anew"};
  }
  if (file.bad() || !file.eof())
    return {errc::io_error, "cannot read " + path_ + ": allow it to be read"};
  return {};
}

bool broadcast_offsets::load(const std::string& line) {
  std::istringstream fields{line};
  topic_queue queue;
  queue_offset offset;
  if (fields >> queue.broker >> queue.topic >> queue.number >> offset.value) {
    offsets_[queue] = offset;
    begun_.try_emplace(queue.topic, 0);
    return true;
  }
  std::istringstream beginning{line};
  std::string word;
  std::string topic;
  std::int64_t time_ms = 0;
  if (!(beginning >> word >> topic >> time_ms) || word != "begun")
    return false;
  begun_[topic] = time_ms;
  return true;
}

std::optional<queue_offset>
broadcast_offsets::find(const topic_queue& queue) const {
  std::lock_guard guard{mutex_};
  const auto found = offsets_.find(queue);
  if (found == offsets_.end())
    return {};
  return found->second;
}

void broadcast_offsets::begin(const std::string& topic,
                              const std::vector<topic_queue>& queues,
                              std::int64_t time_ms) {
  std::lock_guard guard{mutex_};
  if (!begun_.try_emplace(topic, time_ms).second)
    return;
  first_.insert(queues.begin(), queues.end());
  is_changed_ = true;
}

std::optional<std::int64_t>
broadcast_offsets::missed_since_ms(const topic_queue& queue) const {
  std::lock_guard guard{mutex_};
  const auto begun = begun_.find(queue.topic);
  if (begun == begun_.end() || first_.contains(queue))
    return {};
  return begun->second;
}

void broadcast_offsets::set(const topic_queue& queue, queue_offset offset) {
  std::lock_guard guard{mutex_};
  const auto [place, is_new] = offsets_.try_emplace(queue, offset);
  if (is_new || place->second != offset)
    is_changed_ = true;
  place->second = offset;
}

result<void> broadcast_offsets::save() {
  std::lock_guard file_guard{file_mutex_};
  if (path_.empty() || !loaded_)
    return loaded_;
  const auto text = take_changes();
  if (text.empty())
    return {};
  auto done = replace_file(text); // nobody else waits for the disk
  if (!done) {
    std::lock_guard guard{mutex_};
    is_changed_ = true;
  }
  return done;
}

std::string broadcast_offsets::take_changes() {
  std::lock_guard guard{mutex_};
  if (!std::exchange(is_changed_, false))
    return {};
  std::ostringstream lines;
  for (const auto& [topic, time_ms] : begun_)
    lines << "begun " << topic << ' ' << time_ms << '\n';
  for (const auto& [queue, offset] : offsets_)
    lines << queue.broker << ' ' << queue.topic << ' ' << queue.number << ' '
          << offset.value << '\n';
  return lines.str();
}

result<void> broadcast_offsets::replace_file(const std::string& text) const {
  const std::filesystem::path path{path_};
  const auto folder = store::open_directory(
    path.has_parent_path() ? path.parent_path().string() : ".");
  if (!folder)
    return folder.error();
  return store::replace_file(**folder, path.filename().string(), text);
}

} // namespace apogee::client
