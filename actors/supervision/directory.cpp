#include "actors/supervision/directory.hpp"

#include <algorithm>
#include <numeric>
#include <unordered_map>
#include <utility>

namespace apogee::supervision {

namespace {

/// Paths that are compared when somebody asks for an unknown one.
constexpr std::size_t compared_paths_max = 2000;
constexpr std::size_t suggested_paths_max = 3;

/// Number of characters to insert, delete or replace to make `a` of `b`.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    auto diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const auto replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

std::string_view last_part(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

bool is_below(std::string_view path, std::string_view above) {
  return path.size() > above.size() && path.starts_with(above)
         && path[above.size()] == '/';
}

} // namespace

std::string_view to_string(child_state state) {
  switch (state) {
  case child_state::starting:
    return "starting";
  case child_state::running:
    return "running";
  case child_state::restarting:
    return "restarting";
  case child_state::stopped:
    return "stopped";
  }
  return "unknown";
}

std::string parent_of(std::string_view path) {
  const auto slash = path.rfind('/');
  return std::string{slash == std::string_view::npos ? std::string_view{}
                                                     : path.substr(0, slash)};
}

bool directory::path_order::operator()(std::string_view a,
                                       std::string_view b) const {
  return std::lexicographical_compare(
    a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
      const auto rank = [](char c) {
        return c == '/' ? 0 : 1 + static_cast<unsigned char>(c);
      };
      return rank(x) < rank(y);
    });
}

directory::directory(std::map<std::string, std::string> services)
  : services_(std::move(services)) {}

result<caf::actor> directory::find(std::string_view path) const {
  std::lock_guard lock{mutex_};
  const auto it = entries_.find(path);
  if (it == entries_.end())
    return {errc::unknown_actor, "there is no actor '" + std::string{path} + "'"
                                   + nearest_paths(path)};
  return present(*it);
}

result<caf::actor> directory::find_known(std::string_view path) const {
  std::lock_guard lock{mutex_};
  const auto it = entries_.find(path);
  if (it == entries_.end())
    return being_started(path);
  return present(*it);
}

failure directory::being_started(std::string_view path) {
  return {errc::restarting, "'" + std::string{path}
                              + "' is being started; try again in a moment"};
}

result<caf::actor> directory::present(const entries::value_type& item) {
  const auto& [path, its] = item;
  switch (its.state) {
  case child_state::running:
    return its.handle;
  case child_state::stopped:
    return {errc::closed, "'" + path + "' has ended"};
  default:
    return being_started(path);
  }
}

result<caf::actor> directory::find_service(std::string_view name) const {
  const auto it = services_.find(std::string{name});
  if (it == services_.end()) {
    std::string known;
    for (const auto& [service, path] : services_)
      known.append(known.empty() ? "" : ", ").append(service);
    return {errc::unknown_service, "there is no service '" + std::string{name}
                                     + "' on this node; it has: " + known};
  }
  return find_known(it->second);
}

std::string directory::nearest_paths(std::string_view path) const {
  std::vector<std::pair<std::size_t, std::string_view>> ranked;
  for (const auto& [known, its] : entries_) {
    if (ranked.size() == compared_paths_max)
      break;
    // A right name in the wrong place is nearer than a similar path.
    ranked.emplace_back(last_part(known) == last_part(path)
                          ? 0
                          : edit_distance(known, path.substr(0, 200)),
                        known);
  }
  const auto count = std::min(ranked.size(), suggested_paths_max);
  std::partial_sort(ranked.begin(),
                    ranked.begin() + static_cast<std::ptrdiff_t>(count),
                    ranked.end());
  std::string text;
  for (std::size_t i = 0; i < count; ++i)
    text.append(i == 0 ? "; the nearest are " : ", ").append(ranked[i].second);
  return text;
}

std::vector<listed_actor> directory::list(std::size_t children_max) const {
  struct row {
    std::uint64_t place;
    const entries::value_type* item;
  };

  std::lock_guard lock{mutex_};
  std::unordered_map<std::string, std::vector<row>> children;
  for (const auto& item : entries_)
    children[parent_of(item.first)].push_back({item.second.place, &item});
  for (auto& [parent, rows] : children)
    std::sort(rows.begin(), rows.end(),
              [](const row& a, const row& b) { return a.place < b.place; });
  std::vector<listed_actor> out;
  // The tree is as deep as supervisors are nested: a handful of levels.
  const auto add = [&](const auto& again, const std::string& parent) -> void {
    const auto it = children.find(parent);
    if (it == children.end())
      return;
    const auto shown = std::min(it->second.size(), children_max);
    for (std::size_t i = 0; i < shown; ++i) {
      const auto& [path, its] = *it->second[i].item;
      out.push_back(
        {path, its.state, its.restarts, its.since_ms, its.strategy, 0});
      again(again, path);
    }
    if (shown < it->second.size()) {
      listed_actor more;
      more.path = parent + "/…";
      more.unlisted = it->second.size() - shown;
      out.push_back(std::move(more));
    }
  };
  add(add, "");
  return out;
}

std::size_t directory::size() const {
  std::lock_guard lock{mutex_};
  return entries_.size();
}

// Dropping the last handle of an actor runs its destructor, which may come
// back here: handles are dropped after the lock.

void directory::add(const std::string& path, std::string strategy) {
  std::lock_guard lock{mutex_};
  auto [it, is_new] = entries_.try_emplace(path);
  if (!is_new)
    return;
  it->second.place = next_place_++;
  it->second.strategy = std::move(strategy);
}

void directory::set_handle(const std::string& path, caf::actor handle) {
  std::lock_guard lock{mutex_};
  const auto it = entries_.find(path);
  if (it != entries_.end())
    it->second.handle.swap(handle);
}

void directory::set_running(const std::string& path, std::int64_t now_ms) {
  std::lock_guard lock{mutex_};
  const auto it = entries_.find(path);
  if (it == entries_.end())
    return;
  it->second.state = child_state::running;
  it->second.since_ms = now_ms;
}

void directory::set_restarting(const std::string& path) {
  std::lock_guard lock{mutex_};
  for (auto it = entries_.find(path);
       it != entries_.end() && (it->first == path || is_below(it->first, path));
       ++it)
    if (it->second.state == child_state::running)
      it->second.state = child_state::restarting;
}

void directory::count_restart(const std::string& path) {
  std::lock_guard lock{mutex_};
  const auto it = entries_.find(path);
  if (it != entries_.end())
    ++it->second.restarts;
}

void directory::set_stopped(const std::string& path) {
  caf::actor dropped;
  std::lock_guard lock{mutex_};
  const auto it = entries_.find(path);
  if (it == entries_.end())
    return;
  it->second.state = child_state::stopped;
  dropped = std::exchange(it->second.handle, nullptr);
}

void directory::remove(const std::string& path) {
  entries::node_type dropped;
  std::lock_guard lock{mutex_};
  const auto it = entries_.find(path);
  if (it != entries_.end())
    dropped = entries_.extract(it);
}

void directory::remove_below(const std::string& path) {
  std::vector<entries::node_type> dropped;
  std::lock_guard lock{mutex_};
  auto it = entries_.upper_bound(path);
  while (it != entries_.end() && is_below(it->first, path))
    dropped.push_back(entries_.extract(it++));
}

std::vector<caf::actor>
directory::handles_below(const std::string& path) const {
  std::vector<caf::actor> out;
  std::lock_guard lock{mutex_};
  for (auto it = entries_.upper_bound(path);
       it != entries_.end() && is_below(it->first, path); ++it)
    if (it->second.handle)
      out.push_back(it->second.handle);
  return out;
}

} // namespace apogee::supervision
