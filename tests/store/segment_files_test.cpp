#include "store/segment_files.hpp"
#include "tests/support/faulty_files.hpp"

#include <gtest/gtest.h>

namespace apogee::store {

TEST(SegmentName, IsThePositionInTwentyDigits) {
  EXPECT_EQ(segment_name({0}), "00000000000000000000.log");
  EXPECT_EQ(segment_name({18446744073709551615u}), "18446744073709551615.log");
}

TEST(SegmentName, IsParsedBack) {
  EXPECT_EQ(parse_segment_name("00000000000000016384.log"),
            log_position{16384});
}

TEST(SegmentName, IsNotFoundInOtherNames) {
  for (const auto* name :
       {"", "0.log", "0000000000000001638x.log", "00000000000000016384.bin",
        "99999999999999999999.log", "cut-168.bin", "00000000000000016384.log~"})
    EXPECT_FALSE(parse_segment_name(name)) << name;
}

TEST(SegmentFiles, LocatePositionsOnlyWhereASegmentIs) {
  auto disk = std::make_shared<faulty_directory>();
  segment_files files{disk};
  files.add({4096}, 4096, *disk->create(segment_name({4096})));
  files.add({8192}, 100, *disk->create(segment_name({8192})));
  EXPECT_FALSE(files.locate({4095}));
  EXPECT_EQ(files.locate({8191})->at, 4095u);
  EXPECT_EQ(files.locate({8192})->segment_end.value, 8292u);
  EXPECT_EQ(files.locate({8292}).error().code, errc::offset_out_of_range);
}

TEST(SegmentFiles, RememberTheNewestTimeOfEachSegment) {
  auto disk = std::make_shared<faulty_directory>();
  segment_files files{disk};
  files.add({0}, 4096, *disk->create(segment_name({0})));
  files.note_store_time({100}, 7);
  files.note_store_time({200}, 5);
  EXPECT_EQ(files.list().front().newest_store_time_ms, 7);
}

} // namespace apogee::store
