#include "store/commit_log.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace apogee::store {

namespace {

/// Most bytes that one reserve() can ask for.
constexpr std::uint64_t reserve_bytes_max = std::uint64_t{1} << 30;

constexpr auto no_time = std::numeric_limits<std::int64_t>::min();

} // namespace

result<std::unique_ptr<commit_log>>
commit_log::open(std::shared_ptr<directory> where, log_options options,
                 recovery_start known, recovery_progress progress) {
  auto recovered = recover_log(std::move(where), options, known, progress);
  if (!recovered)
    return recovered.error();
  auto last = recovered->segments->last();
  if (!last)
    return last.error();
  const auto end = recovered->report.end;
  std::unique_ptr<commit_log> out{
    new commit_log{std::move(*recovered), options}};
  out->segment_first_ = last->segment_first;
  out->segment_end_ = last->segment_end;
  out->segment_file_ = std::move(last->file);
  out->end_ = out->written_ = out->flushed_ = end;
  return out;
}

commit_log::commit_log(recovered_log recovered, log_options options)
  : segments_(recovered.segments),
    recent_(std::make_shared<recent_log>(options.recent_bytes)),
    reader_(std::make_shared<log_reader>(recovered.segments, recent_)),
    options_(options), recovery_(std::move(recovered.report)),
    last_epoch_(recovery_.last_epoch), newest_store_time_ms_(no_time) {}

result<void> commit_log::reserve(std::uint64_t bytes) {
  if (failed_.code != errc::none)
    return failed_;
  if (bytes > reserve_bytes_max)
    return {errc::message_too_large,
            std::to_string(bytes)
              + " bytes at once are more than the log "
                "takes; send fewer or smaller messages"};
  if (segment_end_.value - end_.value >= bytes)
    return {};
  return roll_over(bytes);
}

result<void> commit_log::roll_over(std::uint64_t bytes) {
  const auto size = segment_file_size(options_, bytes);
  if (!next_segment_)
    next_segment_ = std::make_shared<segment_preparation>(
      segments_->directory(), segment_end_, size);
  auto next = next_segment_->run();
  if (!next)
    return next.error();
  auto next_size = (*next)->size();
  if (!next_size)
    return next_size.error();
  if (*next_size < bytes) {
    // Prepared before anybody knew of so large a group.
    if (auto done = (*next)->allocate(size); !done)
      return done;
    if (auto done = (*next)->flush(); !done)
      return done;
    next_size = size;
  }
  end_segment();
  segment_first_ = segment_end_;
  segment_end_ = {segment_first_.value + *next_size};
  segment_file_ = *next;
  segments_->add(segment_first_, *next_size, segment_file_);
  end_ = segment_first_;
  next_segment_.reset();
  return {};
}

void commit_log::end_segment() {
  if (newest_store_time_ms_ != no_time)
    segments_->note_store_time(segment_first_, newest_store_time_ms_);
  newest_store_time_ms_ = no_time;
  const auto left = segment_end_.value - end_.value;
  if (left < record_header_bytes)
    return;
  const auto out = stage_bytes(record_header_bytes);
  encode_filler(end_, last_epoch_, static_cast<std::uint32_t>(left),
                out.first<record_header_bytes>());
}

/// Room in the buffer for bytes that go to the present end of the log.
std::span<std::byte> commit_log::stage_bytes(std::size_t size_bytes) {
  if (runs_.empty() || runs_.back().file != segment_file_)
    runs_.push_back(
      {segment_file_, end_.value - segment_first_.value, end_, buffer_.size()});
  return buffer_.extend(size_bytes);
}

log_position commit_log::stage(const record_fields& fields,
                               std::span<const std::byte> body) {
  const auto size = record_size(body.size());
  APOGEE_CHECK(segment_end_.value - end_.value >= size);
  APOGEE_CHECK(fields.epoch >= last_epoch_);
  const auto position = end_;
  encode_record(fields, position, body, stage_bytes(size));
  end_.value += size;
  last_epoch_ = fields.epoch;
  newest_store_time_ms_ = std::max(newest_store_time_ms_, fields.store_time_ms);
  return position;
}

std::uint64_t commit_log::staged_bytes() const {
  return buffer_.size();
}

result<log_position> commit_log::write() {
  if (failed_.code != errc::none)
    return failed_;
  for (std::size_t i = 0; i < runs_.size(); ++i)
    if (auto done = write_run(i); !done) {
      fail(done.error());
      return failed_;
    }
  runs_.clear();
  buffer_.clear();
  written_ = end_;
  if (newest_store_time_ms_ != no_time)
    segments_->note_store_time(segment_first_, newest_store_time_ms_);
  return written_;
}

result<void> commit_log::write_run(std::size_t index) {
  const auto& run = runs_[index];
  const auto is_last = index + 1 == runs_.size();
  const auto run_end = is_last ? buffer_.size() : runs_[index + 1].buffer_first;
  const auto bytes =
    buffer_.bytes().subspan(run.buffer_first, run_end - run.buffer_first);
  auto found = std::find_if(dirty_.begin(), dirty_.end(),
                            [&](const auto& x) { return x.file == run.file; });
  if (found == dirty_.end())
    found = dirty_.insert(dirty_.end(), {run.file, {}});
  found->written = end_;
  auto done = run.file->write(run.at, bytes);
  if (done)
    recent_->add(run.position, bytes);
  return done;
}

flush_job commit_log::take_flush_job() {
  flush_job job;
  job.target = flushed_;
  if (failed_.code != errc::none)
    return job;
  job.target = written_;
  for (const auto& x : dirty_)
    job.files.push_back(x.file);
  const auto used = end_.value - segment_first_.value;
  const auto size = segment_end_.value - segment_first_.value;
  if (used > size / 2) {
    if (!next_segment_)
      next_segment_ = std::make_shared<segment_preparation>(
        segments_->directory(), segment_end_, segment_file_size(options_, 0));
    if (!next_segment_->is_done())
      job.preparation = next_segment_;
  }
  return job;
}

void commit_log::complete(flush_job&& job) {
  if (!job.has_run)
    return;
  if (!job.outcome) {
    fail(job.outcome.error());
    return;
  }
  flushed_ = std::max(flushed_, job.target);
  std::erase_if(dirty_, [&](const auto& x) { return x.written <= job.target; });
}

void commit_log::fail(const failure& why) {
  if (failed_.code != errc::none)
    return;
  failed_.code =
    why.code == errc::disk_full ? errc::disk_full : errc::storage_failed;
  failed_.text = "the log takes no more records, because what it holds is in "
                 "doubt since this failure: "
                 + why.text + "; then start the broker again";
}

log_position commit_log::start() const {
  return segments_->start();
}

std::vector<segment_info> commit_log::segments() const {
  return segments_->list();
}

result<log_position> commit_log::remove_segments_before(log_position position) {
  return segments_->remove_before(position);
}

} // namespace apogee::store
