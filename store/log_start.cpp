#include "store/log_start.hpp"

#include "store/segment_files.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace apogee::store {

namespace {

const std::string state_name = "start.bin";

/// The name appears only once the bytes are safe.
result<void> save(directory& where, std::span<const std::byte> state) {
  const auto unfinished = state_name + ".part";
  auto created = where.create(unfinished);
  if (!created)
    return created.error();
  if (auto done = (*created)->write(0, state); !done)
    return done;
  if (auto done = (*created)->flush(); !done)
    return done;
  if (auto done = where.rename(unfinished, state_name); !done)
    return done;
  return where.sync();
}

/// Position of the oldest segment's file.
result<std::optional<log_position>> find_start(const directory& where) {
  auto names = where.list();
  if (!names)
    return names.error();
  std::optional<log_position> out;
  for (const auto& name : *names)
    if (const auto first = parse_segment_name(name))
      out = std::min(out.value_or(*first), *first);
  return out;
}

result<std::vector<std::byte>> read_all(const file& in) {
  auto size = in.size();
  if (!size)
    return size.error();
  std::vector<std::byte> out(*size);
  auto count = in.read(0, out);
  if (!count)
    return count.error();
  out.resize(*count);
  return out;
}

failure cannot_restore(const directory& where, log_position start,
                       const failure& why) {
  return {why.code,
          "the views are empty and the log in " + where.path()
            + " starts at position " + std::to_string(start.value)
            + "; what was recorded before, among it topics, groups and "
              "offsets, is kept in "
            + where.path() + "/" + state_name + ", but " + why.text
            + "; restore that file or the views folder from a copy"};
}

} // namespace

result<log_position> remove_log_before(commit_log& log, const views& tables,
                                       log_position position) {
  auto keep_from = log.start();
  const auto segments = log.segments();
  for (std::size_t i = 0; i + 1 < segments.size(); ++i)
    if (segments[i + 1].first <= position)
      keep_from = segments[i + 1].first;
  if (keep_from == log.start())
    return keep_from;
  auto state = tables.start_state(keep_from);
  if (!state)
    return state.error();
  if (auto done = save(log.folder(), *state); !done)
    return done.error();
  return log.remove_segments_before(keep_from);
}

result<void> restore_start(directory& where, views& tables) {
  if (tables.applied().value > 0)
    return {};
  auto start = find_start(where);
  if (!start)
    return start.error();
  if (!*start || (*start)->value == 0)
    return {};
  auto kept = where.open(state_name);
  if (!kept)
    return kept.error().code == errc::not_found
             ? cannot_restore(where, **start, {errc::corrupt, "it is missing"})
             : kept.error();
  auto bytes = read_all(**kept);
  if (!bytes)
    return bytes.error();
  auto done = tables.restore(*bytes, **start);
  if (!done
      && (done.error().code == errc::corrupt
          || done.error().code == errc::version_mismatch))
    return cannot_restore(where, **start, done.error());
  return done;
}

} // namespace apogee::store
