#pragma once

#include "store/commit_log.hpp"
#include "store/log_cursor.hpp"
#include "tests/support/faulty_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace apogee::store {

/// A log in memory, with verbs. Segments have 16 KiB.
class log_fixture : public testing::Test {
protected:
  static constexpr std::uint64_t segment_bytes = 16u << 10;

  log_fixture() : disk(std::make_shared<faulty_directory>()) { open(); }

  void open(recovery_start known = {}) {
    log.reset();
    auto opened = commit_log::open(disk, {segment_bytes}, known);
    ASSERT_TRUE(opened) << to_string(opened.error());
    log = std::move(*opened);
  }

  failure open_failure(recovery_start known = {}) {
    log.reset();
    auto opened = commit_log::open(disk, {segment_bytes}, known);
    return opened ? failure{} : opened.error();
  }

  log_position stage(std::size_t body_bytes, std::uint64_t epoch_number = 1) {
    record_fields fields;
    fields.epoch = {epoch_number};
    fields.queue = {{1}, 0};
    fields.offset = {offset++};
    fields.store_time_ms = static_cast<std::int64_t>(1000 + offset);
    std::vector<std::byte> body(body_bytes, std::byte{0x5a});
    EXPECT_TRUE(log->reserve(record_size(body_bytes)));
    return log->stage(fields, body);
  }

  log_position append(std::size_t body_bytes, std::uint64_t epoch_number = 1) {
    const auto position = stage(body_bytes, epoch_number);
    EXPECT_TRUE(log->write());
    return position;
  }

  result<void> flush() {
    auto job = log->take_flush_job();
    auto done = job.run();
    log->complete(std::move(job));
    return done;
  }

  /// Positions of all records.
  std::vector<std::uint64_t> positions() {
    log_cursor cursor{log->reader(), log->start(), log->end()};
    std::vector<std::uint64_t> out;
    for (;;) {
      auto next = cursor.next();
      EXPECT_TRUE(next) << to_string(next.error());
      if (!next || !*next)
        return out;
      out.push_back((*next)->position.value);
    }
  }

  std::byte& byte_at(std::uint64_t position) {
    const auto first = position / segment_bytes * segment_bytes;
    return disk->bytes_of(segment_name({first})).at(position - first);
  }

  std::shared_ptr<faulty_directory> disk;
  std::unique_ptr<commit_log> log;
  std::uint64_t offset = 0;
};

} // namespace apogee::store
