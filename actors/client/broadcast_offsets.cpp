#include "actors/client/broadcast_offsets.hpp"

#include "store/replace_file.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

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
    std::istringstream fields{line};
    topic_queue queue;
    queue_offset offset;
    fields >> queue.broker >> queue.topic >> queue.number >> offset.value;
    if (!fields)
      return {errc::corrupt, "line " + std::to_string(number) + " of " + path_
                               + " is not 'BROKER TOPIC QUEUE OFFSET': repair "
                                 "it, or delete the file to start anew"};
    offsets_[queue] = offset;
    begun_.insert(queue.topic);
  }
  if (file.bad() || !file.eof())
    return {errc::io_error, "cannot read " + path_ + ": allow it to be read"};
  return {};
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
                              const std::vector<topic_queue>& queues) {
  std::lock_guard guard{mutex_};
  if (begun_.insert(topic).second)
    first_.insert(queues.begin(), queues.end());
}

bool broadcast_offsets::is_late(const topic_queue& queue) const {
  std::lock_guard guard{mutex_};
  return !first_.contains(queue);
}

void broadcast_offsets::set(const topic_queue& queue, queue_offset offset) {
  std::lock_guard guard{mutex_};
  const auto [place, is_new] = offsets_.try_emplace(queue, offset);
  if (is_new || place->second != offset)
    is_changed_ = true;
  place->second = offset;
}

result<void> broadcast_offsets::save() {
  std::lock_guard guard{mutex_};
  if (path_.empty() || !is_changed_ || !loaded_)
    return loaded_;
  std::ostringstream lines;
  for (const auto& [queue, offset] : offsets_)
    lines << queue.broker << ' ' << queue.topic << ' ' << queue.number << ' '
          << offset.value << '\n';
  const std::filesystem::path path{path_};
  const auto folder = store::open_directory(
    path.has_parent_path() ? path.parent_path().string() : ".");
  if (!folder)
    return folder.error();
  if (auto done =
        store::replace_file(**folder, path.filename().string(), lines.str());
      !done)
    return done;
  is_changed_ = false;
  return {};
}

} // namespace apogee::client
