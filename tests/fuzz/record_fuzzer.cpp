// Arbitrary bytes as one record, and as a log that is recovered and applied.
// The first byte chooses: bit 0 repairs headers and checksums, so that the
// fuzzer gets past them; bit 1 splits the bytes into two segments.
#include "messages/checksum.hpp"
#include "messages/record.hpp"
#include "store/commit_log.hpp"
#include "store/log_cursor.hpp"
#include "store/views/view_changes.hpp"
#include "tests/support/faulty_files.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

namespace apogee::store {

namespace {

constexpr std::size_t input_bytes_max = 16u << 10;
constexpr std::size_t segment_bytes = 16u << 10;

/// Makes the headers of a row of records right, but for what tells the types
/// apart: sizes as far as they fit, positions, checksums.
void repair(std::vector<std::byte>& bytes) {
  std::size_t at = 0;
  while (bytes.size() - at >= record_header_bytes) {
    auto* header = bytes.data() + at;
    const auto left = bytes.size() - at;
    std::uint32_t size = 0;
    std::memcpy(&size, header + 4, sizeof(size));
    size = static_cast<std::uint32_t>(std::clamp<std::size_t>(
      size % 1024 / 8 * 8, record_header_bytes, left / 8 * 8));
    const std::uint16_t magic = 0x4741;
    const std::uint64_t position = at;
    std::memcpy(header + 4, &size, sizeof(size));
    std::memcpy(header + 8, &magic, sizeof(magic));
    header[10] = std::byte{1};
    header[11] = header[11] & std::byte{7};
    std::memcpy(header + 16, &position, sizeof(position));
    const auto is_filler = header[11] == std::byte{0};
    const auto covered = is_filler ? record_header_bytes : size;
    const auto checksum = crc32c({header + 4, covered - 4});
    std::memcpy(header, &checksum, sizeof(checksum));
    at += size;
  }
}

std::shared_ptr<faulty_directory> make_log(const std::vector<std::byte>& bytes,
                                           bool is_split) {
  auto disk = std::make_shared<faulty_directory>();
  const auto first_bytes = is_split ? bytes.size() / 2 / 8 * 8 : bytes.size();
  auto first = *disk->create(segment_name({0}));
  (void)first->write(0, std::span{bytes}.first(first_bytes)).has_value();
  if (is_split) {
    auto second = *disk->create(segment_name({first_bytes}));
    (void)second->write(0, std::span{bytes}.subspan(first_bytes)).has_value();
  }
  return disk;
}

/// Whatever stands there: opening either refuses or yields a log that can be
/// read to its end, written behind it, and opened again to the same end.
void recover(const std::vector<std::byte>& bytes, bool is_split) {
  auto disk = make_log(bytes, is_split);
  auto log = commit_log::open(disk, {segment_bytes}, {});
  if (!log)
    return;
  const auto end = (*log)->end();
  topic_states topics;
  view_changes changes{topics};
  log_cursor cursor{(*log)->reader(), (*log)->start(), end};
  for (auto dense = true; dense;) {
    auto next = cursor.next();
    APOGEE_CHECK(next.has_value());
    if (!*next)
      break;
    dense = changes.add(**next).has_value();
  }
  record_fields fields;
  fields.epoch = (*log)->recovery().last_epoch;
  if (!(*log)->reserve(record_header_bytes))
    return;
  (*log)->stage(fields, {});
  APOGEE_CHECK((*log)->write().has_value());
  const auto written = (*log)->written();
  log->reset();
  auto again = commit_log::open(disk, {segment_bytes}, {});
  APOGEE_CHECK(again.has_value() && (*again)->end() == written);
}

} // namespace

} // namespace apogee::store

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  if (size == 0 || size > apogee::store::input_bytes_max)
    return 0;
  const auto* first = reinterpret_cast<const std::byte*>(data);
  std::vector<std::byte> bytes{first + 1, first + size};
  (void)apogee::decode_record(bytes).has_value();
  if ((data[0] & 1) != 0)
    apogee::store::repair(bytes);
  apogee::store::recover(bytes, (data[0] & 2) != 0);
  return 0;
}
