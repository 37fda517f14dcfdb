// How the end of the log is found.
//
// What the views have applied was flushed before, so the search starts there:
// records are read in order until one is not sound. Power loss keeps or loses
// each sector that was not flushed on its own, so sound records may stand
// behind the first bad one. They were never acknowledged as flushed and the
// order of the log has a hole before them; they are saved to a file beside the
// log and then wiped, so that no later recovery can mistake them for new ones.
//
// A bad place that was flushed once is another thing: it was damaged later, and
// what stands behind may have been acknowledged. So much is sure when a record
// behind was written by a later start, or long after. Then nothing is cut, and
// somebody has to decide.
#include "store/log_recovery.hpp"

#include "store/flush_job.hpp"
#include "store/log_cursor.hpp"
#include "store/log_reader.hpp"
#include "store/log_tail.hpp"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

namespace apogee::store {

namespace {

constexpr std::uint64_t page_bytes = 4096;
constexpr std::uint64_t segment_bytes_max =
  (std::uint64_t{1} << 32) - page_bytes;
constexpr std::uint64_t progress_step_bytes = 64u << 20;
constexpr std::size_t copy_chunk_bytes = 1u << 20;

result<void> write_again(file& to, std::uint64_t from, std::uint64_t end) {
  std::vector<std::byte> chunk(
    std::min<std::uint64_t>(end - from, copy_chunk_bytes));
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
  result<void> find_tail();
  result<void> cut_tail();
  result<void> complete_last();
  result<void> flush();
  recovered_log finish();

private:
  result<void> create_first();

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
  log_cursor cursor{
    std::make_shared<log_reader>(files_, std::make_shared<recent_log>(0)),
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

/// Looks for what stands behind the end; fails when that must not be cut.
result<void> log_recovery::find_tail() {
  auto tail_end = find_tail_end(*where_, segments_, end_.position);
  if (!tail_end)
    return tail_end.error();
  tail_end_ = *tail_end;
  const log_reader reader{files_, std::make_shared<recent_log>(0)};
  auto later = find_later_record(reader, end_.position,
                                 std::min(tail_end_, segments_.back().end()));
  if (!later)
    return later.error();
  if (!*later)
    return {};
  const auto damaged = std::prev(
    std::find_if(segments_.begin(), segments_.end(),
                 [&](const auto& x) { return x.first > end_.position; }));
  const auto size = std::to_string(end_.position.value - damaged->first.value);
  return {errc::corrupt,
          name_of(*damaged) + " is damaged at byte " + size + " (" + end_.reason
            + "), and records behind that, such as the one at position "
            + std::to_string((*later)->value)
            + ", were safe on disk: restore the file from a copy, or, to go on "
              "without all that follows, move the later files of the log away "
              "and cut this one with 'truncate --size="
            + size + "'"};
}

/// Saves what stands behind the end and wipes it. Later segments go first,
/// newest first, so that whenever this is interrupted the segments left are
/// without a hole.
result<void> log_recovery::cut_tail() {
  const auto is_cut = tail_end_ > end_.position;
  if (is_cut) {
    auto saved = save_tail(*where_, segments_, end_.position, tail_end_);
    if (!saved)
      return saved.error();
    cut_file_ = *saved;
  }
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

/// Gives the last segment its full size again, unless its records fill it: it
/// may end in a filler, which says where the segment ends. When the disk is too
/// full, the segment ends where its records end and the next one follows there.
result<void> log_recovery::complete_last() {
  auto& last = segments_.back();
  auto size = last.opened->size();
  if (!size)
    return size.error();
  const auto used = end_.position.value - last.first.value;
  const auto wanted =
    used > 0 && used == last.size_bytes
      ? used
      : std::max(last.size_bytes, segment_file_size(options_, 0));
  if (*size == wanted)
    return {};
  if (wanted == used)
    return last.opened->truncate(used);
  auto allocated = last.opened->allocate(wanted);
  if (allocated) {
    files_->resize_last(wanted);
    return {};
  }
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
  if (auto done = recovery.find_tail(); !done)
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
