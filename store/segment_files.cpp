#include "store/segment_files.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace apogee::store {

namespace {

constexpr std::size_t name_digits = 20;
constexpr std::string_view name_ending = ".log";

} // namespace

std::string segment_name(log_position first) {
  auto digits = std::to_string(first.value);
  return std::string(name_digits - digits.size(), '0') + digits
         + std::string{name_ending};
}

std::optional<log_position> parse_segment_name(std::string_view name) {
  if (name.size() != name_digits + name_ending.size()
      || !name.ends_with(name_ending))
    return std::nullopt;
  log_position first;
  const auto* digits_end = name.data() + name_digits;
  const auto [stop, error] =
    std::from_chars(name.data(), digits_end, first.value);
  if (error != std::errc{} || stop != digits_end)
    return std::nullopt;
  return first;
}

segment_files::segment_files(std::shared_ptr<store::directory> directory)
  : directory_(std::move(directory)) {}

void segment_files::add(log_position first, std::uint64_t size_bytes,
                        std::shared_ptr<file> opened) {
  std::lock_guard lock{mutex_};
  if (!segments_.empty()) {
    const auto& last = segments_.back();
    APOGEE_CHECK(first.value == last.first.value + last.size_bytes);
  }
  if (opened)
    ++open_files_;
  segments_.push_back(
    {first, size_bytes, std::nullopt, std::move(opened), ++uses_});
  close_least_used();
}

void segment_files::resize_last(std::uint64_t size_bytes) {
  std::lock_guard lock{mutex_};
  APOGEE_CHECK(!segments_.empty());
  segments_.back().size_bytes = size_bytes;
}

void segment_files::remove_last() {
  std::lock_guard lock{mutex_};
  APOGEE_CHECK(!segments_.empty());
  if (segments_.back().file)
    --open_files_;
  segments_.pop_back();
}

std::vector<segment_files::segment>::iterator
segment_files::find(log_position position) {
  auto behind = std::upper_bound(
    segments_.begin(), segments_.end(), position,
    [](log_position x, const segment& s) { return x < s.first; });
  if (behind == segments_.begin())
    return segments_.end();
  auto found = std::prev(behind);
  return position.value < found->first.value + found->size_bytes
           ? found
           : segments_.end();
}

result<located_position> segment_files::locate(log_position position) {
  std::lock_guard lock{mutex_};
  auto found = find(position);
  if (found == segments_.end())
    return {errc::offset_out_of_range,
            "position " + std::to_string(position.value)
              + " is not in the log, which is kept from "
              + std::to_string(
                segments_.empty() ? 0 : segments_.front().first.value)};
  auto out = use(*found);
  if (out)
    out->at = position.value - found->first.value;
  return out;
}

result<located_position> segment_files::last() {
  std::lock_guard lock{mutex_};
  APOGEE_CHECK(!segments_.empty());
  return use(segments_.back());
}

result<located_position> segment_files::use(segment& chosen) {
  if (!chosen.file) {
    auto opened = directory_->open(segment_name(chosen.first));
    if (!opened)
      return opened.error();
    chosen.file = std::move(*opened);
    ++open_files_;
  }
  chosen.last_use = ++uses_;
  located_position out{
    chosen.file, 0, chosen.first, {chosen.first.value + chosen.size_bytes}};
  close_least_used();
  return out;
}

/// Reads in progress hold the file themselves, so that closing here harms none.
void segment_files::close_least_used() {
  while (open_files_ > open_files_max) {
    auto victim = segments_.end();
    for (auto at = segments_.begin(); at != std::prev(segments_.end()); ++at)
      if (at->file
          && (victim == segments_.end() || at->last_use < victim->last_use))
        victim = at;
    if (victim == segments_.end())
      return;
    victim->file.reset();
    --open_files_;
  }
}

log_position segment_files::start() const {
  std::lock_guard lock{mutex_};
  APOGEE_CHECK(!segments_.empty());
  return segments_.front().first;
}

log_position segment_files::end() const {
  std::lock_guard lock{mutex_};
  APOGEE_CHECK(!segments_.empty());
  return {segments_.back().first.value + segments_.back().size_bytes};
}

std::vector<segment_info> segment_files::list() const {
  std::vector<segment_info> out;
  std::vector<std::shared_ptr<file>> files;
  {
    std::lock_guard lock{mutex_};
    for (const auto& s : segments_) {
      out.push_back({s.first, s.size_bytes, s.newest_store_time_ms, 0});
      files.push_back(s.file);
    }
  }
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (!files[i])
      if (auto opened = directory_->open(segment_name(out[i].first)))
        files[i] = std::move(*opened);
    if (files[i])
      if (auto modified = files[i]->modified_ms())
        out[i].modified_ms = *modified;
    files[i].reset();
  }
  return out;
}

void segment_files::note_store_time(log_position position,
                                    std::int64_t store_time_ms) {
  std::lock_guard lock{mutex_};
  auto found = find(position);
  if (found == segments_.end())
    return;
  auto& newest = found->newest_store_time_ms;
  newest = std::max(newest.value_or(store_time_ms), store_time_ms);
}

result<log_position> segment_files::remove_before(log_position position) {
  auto is_removed = false;
  while (auto oldest = forget_oldest(position)) {
    auto done = directory_->remove(segment_name(oldest->first));
    if (!done && done.error().code != errc::not_found) {
      // Kept, to be tried again: were a later file removed and this one not,
      // the log would have a hole.
      std::lock_guard lock{mutex_};
      segments_.insert(segments_.begin(), std::move(*oldest));
      return done.error();
    }
    is_removed = true;
  }
  if (is_removed)
    if (auto done = directory_->sync(); !done)
      return done.error();
  return start();
}

/// Takes the oldest segment off the list, unless it is the last one or ends
/// behind `position`.
std::optional<segment_files::segment>
segment_files::forget_oldest(log_position position) {
  std::lock_guard lock{mutex_};
  auto oldest = segments_.begin();
  if (std::next(oldest) == segments_.end()
      || oldest->first.value + oldest->size_bytes > position.value)
    return std::nullopt;
  if (oldest->file)
    --open_files_;
  auto out = std::move(*oldest);
  out.file.reset();
  segments_.erase(oldest);
  return out;
}

} // namespace apogee::store
