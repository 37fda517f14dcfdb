#pragma once

#include "store/commit_log.hpp"
#include "store/log_cursor.hpp"
#include "store/views/views.hpp"
#include "tests/support/faulty_files.hpp"
#include "tests/support/temporary_folder.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

/// A store on a disk that fails, beside a model of what it must hold.
namespace apogee::store {

/// A record as it was staged.
struct model_record {
  log_position position;
  log_position end;
  record_fields fields;
  std::vector<std::byte> body;
};

/// What survives a crash, besides the files of the log.
struct crash_point {
  faulty_state files;
  std::vector<char> views_image; // LMDB's file after the last checkpoint
  log_position must_survive;     // at least so much of the log
};

/// The segments of all tests here are small, so that roll-overs are many.
inline constexpr log_options small_segments{16u << 10};

/// Recovers from `point` and compares everything with `model`. Returns what is
/// wrong, or nothing.
std::string recovery_defect(const crash_point& point,
                            const std::vector<model_record>& model);

class crash_world {
public:
  crash_world();

  // -- verbs ----------------------------------------------------------------

  void send(std::uint32_t topic, std::uint32_t queue, std::size_t body_bytes,
            ack_level ack);
  void create_topic(std::uint32_t id);
  void delete_topic(std::uint32_t id);
  void create_group(const std::string& name);
  void delete_group(const std::string& name, bool keeps_offsets);
  void commit_offset(const std::string& group, std::uint32_t topic,
                     std::uint32_t queue);
  bool write();
  bool flush();
  /// Views up to what is flushed.
  void checkpoint();
  /// Removes the segments before what is applied, as far as the disk lets it.
  void retain();

  /// One step at random.
  void step(std::mt19937_64& random);

  /// The process dies, or power is lost; then the store is opened again.
  /// Returns what is wrong with what it found, or nothing.
  std::string crash(bool is_power_loss, std::mt19937_64& random);

  // -- state ----------------------------------------------------------------

  crash_point after_kill() const;
  crash_point after_power_loss(std::mt19937_64& random) const;

  const std::vector<model_record>& model() const { return model_; }

  bool has_failed() const { return log_->failed().code != errc::none; }

  std::shared_ptr<faulty_directory> disk;

private:
  void open();
  void stage(record_fields fields, std::vector<std::byte> body);

  std::unique_ptr<temporary_folder> folder_;
  std::unique_ptr<commit_log> log_;
  std::unique_ptr<views> views_;
  std::unique_ptr<log_cursor> cursor_;
  std::vector<model_record> model_;
  std::vector<char> views_image_;
  log_position written_;
  log_position flushed_;
  epoch epoch_{1};
  std::int64_t now_ms_ = 1'000'000;
  std::map<queue_id, std::uint64_t> next_offset_;
};

} // namespace apogee::store
