// How the end of the log is found.
//
// What the views have applied was flushed before, so the search starts there:
// records are read in order until one is not sound. Power loss keeps or loses
// each sector that was not flushed on its own, so sound records may stand
// behind the first bad one. They were never acknowledged as flushed and the
// order of the log has a hole before them; they are saved to a file beside the
// log and then wiped, so that no later recovery can mistake them for new ones.
#include "store/log_recovery.hpp"

#include "store/flush_job.hpp"
#include "store/log_cursor.hpp"
#include "store/log_reader.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace apogee::store {

namespace {

constexpr std::uint64_t page_bytes = 4096;
constexpr std::uint64_t segment_bytes_max =
  (std::uint64_t{1} << 32) - page_bytes;
constexpr std::uint64_t progress_step_bytes = 64u << 20;
constexpr std::size_t scan_chunk_bytes = 1u << 20;

struct found_segment {
  log_position first;
  std::uint64_t size_bytes = 0; // a multiple of the records' alignment
  std::shared_ptr<file> opened;

  log_position end() const { return {first.value + size_bytes}; }
};

result<void> write_again(file& to, std::uint64_t from, std::uint64_t end) {
  std::vector<std::byte> chunk(
    std::min<std::uint64_t>(end - from, scan_chunk_bytes));
  while (from < end) {
    const auto part =
      std::span{chunk}.first(std::min<std::uint64_t>(end - from, chunk.size()));
    auto count = to.read(from, part);
    if (!count)
      return count.error();
    if (*count < part.size())
      return {errc::corrupt, to.path()
                               + " was cut while it was replayed; look "
                                 "for another program that uses it"};
    if (auto done = to.write(from, part); !done)
      return done;
    from += part.size();
  }
  return {};
}

/// Where the records end, and why they do.
struct found_end {
  log_position position;
  std::uint64_t records = 0;
  epoch last_epoch;
  std::string reason;
};

class log_recovery {
public:
  log_recovery(std::shared_ptr<directory> where, const log_options& options)
    : where_(std::move(where)), options_(options) {}

  result<void> find_segments();
  result<void> check_start(const recovery_start& known);
  result<void> replay(const recovery_start& known,
                      const recovery_progress& progress);
  result<void> cut_tail();
  result<void> complete_last();
  result<void> flush();
  recovered_log finish();

private:
  result<void> create_first();
  result<void> measure_tail();
  result<void> scan(const found_segment& segment, std::uint64_t from);
  result<void> save_tail();

  std::string name_of(const found_segment& segment) const {
    return where_->path() + "/" + segment_name(segment.first);
  }

  std::shared_ptr<directory> where_;
  log_options options_;
  std::vector<found_segment> segments_;
  std::shared_ptr<segment_files> files_;
  log_position from_;
  found_end end_;
  log_position tail_end_; // behind the last byte that is not 0
  std::string cut_file_;
};

result<void> log_recovery::find_segments() {
  auto names = where_->list();
  if (!names)
    return names.error();
  for (const auto& name : *names)
    if (auto first = parse_segment_name(name))
      segments_.push_back({*first, 0, nullptr});
  std::sort(segments_.begin(), segments_.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  for (auto& segment : segments_) {
    auto opened = where_->open(segment_name(segment.first));
    if (!opened)
      return opened.error();
    auto size = (*opened)->size();
    if (!size)
      return size.error();
    segment.size_bytes = *size;
  }
  for (std::size_t i = 1; i < segments_.size(); ++i) {
    const auto& before = segments_[i - 1];
    const auto& behind = segments_[i];
    if (before.end() != behind.first)
      return {errc::corrupt,
              "the log has a hole: " + name_of(before) + " has "
                + std::to_string(before.size_bytes) + " bytes, but "
                + std::to_string(behind.first.value - before.first.value)
                + " belong before the next file, " + name_of(behind)
                + "; a file was cut or is missing: restore it from a copy, or "
                  "move all later files away to go on without them"};
  }
  return {};
}

result<void> log_recovery::check_start(const recovery_start& known) {
  const std::string remedy =
    "; when the files of the log cannot be restored, delete the views folder "
    "beside it: the views are then filled again from what the log holds";
  if (segments_.empty()) {
    if (known.applied.value > 0)
      return {errc::corrupt,
              where_->path() + " holds no log, but the views know one of "
                + std::to_string(known.applied.value) + " bytes" + remedy};
    return create_first();
  }
  auto& last = segments_.back();
  last.size_bytes -= last.size_bytes % record_alignment_bytes;
  from_ = std::max(known.applied, segments_.front().first);
  if (known.applied.value > 0 && known.applied < segments_.front().first)
    return {errc::corrupt, "the log starts at position "
                             + std::to_string(segments_.front().first.value)
                             + ", but the views have applied it only up to "
                             + std::to_string(known.applied.value)
                             + ": files in between are missing" + remedy};
  if (known.applied > last.end())
    return {errc::corrupt, "the views are ahead of the log: it ends at "
                             + std::to_string(last.end().value) + " with "
                             + name_of(last) + ", they have applied it up to "
                             + std::to_string(known.applied.value) + remedy};
  return {};
}

result<void> log_recovery::create_first() {
  const auto size = segment_file_size(options_, 0);
  segment_preparation first{where_, {}, size};
  auto created = first.run();
  if (!created)
    return created.error();
  segments_.push_back({{}, size, *created});
  return {};
}

result<void> log_recovery::replay(const recovery_start& known,
                                  const recovery_progress& progress) {
  files_ = std::make_shared<segment_files>(where_);
  for (const auto& segment : segments_)
    files_->add(segment.first, segment.size_bytes, segment.opened);
  const auto limit = segments_.back().end();
  log_cursor cursor{std::make_shared<log_reader>(files_),
                    from_,
                    limit,
                    {true, known.last_epoch}};
  auto behind_last = from_;
  auto reported = from_;
  for (;;) {
    auto next = cursor.next();
    if (!next) {
      const auto code = next.error().code;
      if (code != errc::malformed && code != errc::corrupt)
        return next.error();
      end_.reason = next.error().text;
      break;
    }
    if (!*next)
      break;
    ++end_.records;
    behind_last = cursor.position();
    files_->note_store_time((*next)->position, (*next)->fields.store_time_ms);
    if (progress && behind_last.value - reported.value >= progress_step_bytes) {
      reported = behind_last;
      progress(reported, limit);
    }
  }
  end_.last_epoch = cursor.last_epoch();
  end_.position = cursor.position();
  // Too few bytes for a record may be the torn start of one.
  if (limit.value - behind_last.value < record_header_bytes)
    end_.position = std::max(behind_last, segments_.back().first);
  return {};
}

/// Finds the last byte behind the end that is not 0.
result<void> log_recovery::measure_tail() {
  tail_end_ = end_.position;
  for (const auto& segment : segments_) {
    if (segment.end() < end_.position)
      continue;
    const auto from = end_.position > segment.first
                        ? end_.position.value - segment.first.value
                        : 0;
    if (auto done = scan(segment, from); !done)
      return done;
  }
  return {};
}

result<void> log_recovery::scan(const found_segment& segment,
                                std::uint64_t from) {
  auto opened = where_->open(segment_name(segment.first));
  if (!opened)
    return opened.error();
  std::vector<std::byte> chunk(scan_chunk_bytes);
  for (;;) {
    auto data = (*opened)->next_data(from);
    if (!data)
      return data.error();
    if (!*data)
      return {};
    from = std::max(from, **data);
    auto count = (*opened)->read(from, chunk);
    if (!count)
      return count.error();
    if (*count == 0)
      return {};
    for (auto i = *count; i > 0; --i)
      if (chunk[i - 1] != std::byte{0}) {
        tail_end_ = {segment.first.value + from + i};
        break;
      }
    from += *count;
  }
}

/// Copies the tail to a file of its own. The name appears only once the bytes
/// are safe, so a recovery that dies half-way and is repeated, when parts of
/// the tail are already wiped, does not replace the better copy.
result<void> log_recovery::save_tail() {
  const auto name = "cut-" + std::to_string(end_.position.value) + ".bin";
  const auto size =
    std::min(tail_end_.value - end_.position.value, cut_file_bytes_max);
  cut_file_ = where_->path() + "/" + name;
  if (auto present = where_->open(name)) {
    auto present_size = (*present)->size();
    if (present_size && *present_size >= size)
      return {};
  }
  auto created = where_->create(name + ".part");
  if (!created)
    return created.error();
  std::vector<std::byte> chunk(scan_chunk_bytes);
  auto position = end_.position;
  std::uint64_t written = 0;
  for (const auto& segment : segments_) {
    if (segment.end() <= position)
      continue;
    auto opened = where_->open(segment_name(segment.first));
    if (!opened)
      return opened.error();
    while (written < size && position < segment.end()) {
      const auto wanted =
        std::min({size - written, segment.end().value - position.value,
                  std::uint64_t{scan_chunk_bytes}});
      const auto part = std::span{chunk}.first(wanted);
      auto count = (*opened)->read(position.value - segment.first.value, part);
      if (!count)
        return count.error();
      if (auto done = (*created)->write(written, part.first(*count)); !done)
        return done;
      written += wanted;
      position.value += wanted;
    }
  }
  if (auto done = (*created)->flush(); !done)
    return done;
  if (auto done = where_->rename(name + ".part", name); !done)
    return done;
  return where_->sync();
}

/// Saves what stands behind the end and wipes it. Later segments go first,
/// newest first, so that whenever this is interrupted the segments left are
/// without a hole.
result<void> log_recovery::cut_tail() {
  if (auto done = measure_tail(); !done)
    return done;
  const auto is_cut = tail_end_ > end_.position;
  if (is_cut)
    if (auto done = save_tail(); !done)
      return done;
  auto removed = false;
  while (segments_.size() > 1 && segments_.back().first > end_.position) {
    if (auto done = where_->remove(segment_name(segments_.back().first)); !done)
      return done;
    segments_.pop_back();
    files_->remove_last();
    removed = true;
  }
  if (removed)
    if (auto done = where_->sync(); !done)
      return done;
  auto& last = segments_.back();
  auto opened = where_->open(segment_name(last.first));
  if (!opened)
    return opened.error();
  last.opened = *opened;
  if (!is_cut)
    return {};
  return last.opened->truncate(end_.position.value - last.first.value);
}

/// Gives the last segment its full size again. When the disk is too full for
/// that, the segment ends where its records end and the next one follows there.
result<void> log_recovery::complete_last() {
  auto& last = segments_.back();
  auto size = last.opened->size();
  if (!size)
    return size.error();
  const auto wanted = std::max(last.size_bytes, segment_file_size(options_, 0));
  if (*size == wanted)
    return {};
  auto allocated = last.opened->allocate(wanted);
  if (allocated) {
    files_->resize_last(wanted);
    return {};
  }
  const auto used = end_.position.value - last.first.value;
  if (allocated.error().code != errc::disk_full || used == 0)
    return allocated;
  files_->resize_last(used);
  return last.opened->truncate(used);
}

/// Makes what was replayed safe, before anything is served: somebody may have
/// seen it when it was only written. It is written once more, because after a
/// failed flush the kernel takes pages for clean that never reached the disk,
/// and a flush alone would then succeed without doing anything.
result<void> log_recovery::flush() {
  for (const auto& segment : segments_) {
    if (segment.end() < from_)
      continue;
    auto opened = where_->open(segment_name(segment.first));
    if (!opened)
      return opened.error();
    const auto first = std::max(from_, segment.first);
    const auto end = std::min(end_.position, segment.end());
    if (first < end)
      if (auto done = write_again(**opened, first.value - segment.first.value,
                                  end.value - segment.first.value);
          !done)
        return done;
    if (auto done = (*opened)->flush(); !done)
      return done;
  }
  return where_->sync();
}

recovered_log log_recovery::finish() {
  recovery_report report;
  report.start = segments_.front().first;
  report.from = from_;
  report.end = end_.position;
  report.records = end_.records;
  report.last_epoch = end_.last_epoch;
  report.cut_bytes = tail_end_.value - end_.position.value;
  if (report.cut_bytes > 0) {
    report.cut_reason =
      end_.reason.empty() ? "the file ends inside a record" : end_.reason;
    report.cut_file = cut_file_;
  }
  return {files_, std::move(report)};
}

} // namespace

std::uint64_t segment_file_size(const log_options& options,
                                std::uint64_t bytes) {
  const auto wanted = std::max({options.segment_size_bytes, bytes, page_bytes});
  return std::min((wanted + page_bytes - 1) / page_bytes * page_bytes,
                  segment_bytes_max);
}

result<recovered_log> recover_log(std::shared_ptr<directory> where,
                                  const log_options& options,
                                  const recovery_start& known,
                                  const recovery_progress& progress) {
  log_recovery recovery{std::move(where), options};
  if (auto done = recovery.find_segments(); !done)
    return done.error();
  if (auto done = recovery.check_start(known); !done)
    return done.error();
  if (auto done = recovery.replay(known, progress); !done)
    return done.error();
  if (auto done = recovery.cut_tail(); !done)
    return done.error();
  if (auto done = recovery.complete_last(); !done)
    return done.error();
  if (auto done = recovery.flush(); !done)
    return done.error();
  return recovery.finish();
}

} // namespace apogee::store
