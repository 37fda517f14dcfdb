#include "store/file.hpp"
#include "store/posix_failure.hpp"
#include "tests/support/cached_reads.hpp"
#include "tests/support/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <span>
#include <string>

namespace apogee::store {

namespace {

using testing::HasSubstr;
using testing::UnorderedElementsAre;

class PosixFile : public testing::Test {
protected:
  PosixFile() : where(std::move(*open_directory(folder.path()))) {}

  static std::span<const std::byte> bytes(std::string_view text) {
    return std::as_bytes(std::span{text.data(), text.size()});
  }

  static std::string read(const file& from, std::uint64_t at,
                          std::size_t size) {
    std::string out(size, '?');
    auto count = from.read(at, std::as_writable_bytes(std::span{out}));
    out.resize(count ? *count : 0);
    return out;
  }

  temporary_folder folder;
  std::shared_ptr<directory> where;
};

} // namespace

TEST_F(PosixFile, ReadsWhatWasWrittenAtAPosition) {
  auto f = *where->create("a");
  ASSERT_TRUE(f->write(5, bytes("hello")));
  EXPECT_EQ(read(*f, 5, 5), "hello");
  EXPECT_EQ(read(*f, 7, 100), "llo");
  EXPECT_EQ(*f->size(), 10u);
  EXPECT_TRUE(f->flush());
}

TEST_F(PosixFile, ReadsWithoutWaitingWhatIsInMemory) {
  const temporary_folder on_disk{folder_on::disk};
  auto f = *(*open_directory(on_disk.path()))->create("a");
  ASSERT_TRUE(f->write(0, bytes("hello")));
  if (!can_read_cached(f->path()))
    GTEST_SKIP() << "the file system cannot tell";
  std::string out(5, '?');
  EXPECT_TRUE(f->read_cached(0, std::as_writable_bytes(std::span{out})));
  EXPECT_EQ(out, "hello");
  EXPECT_FALSE(f->read_cached(1, std::as_writable_bytes(std::span{out})))
    << "the file ends before";
}

TEST_F(PosixFile, AllocatesZerosAndFindsDataBehindThem) {
  auto f = *where->create("a");
  ASSERT_TRUE(f->allocate(1u << 20));
  EXPECT_EQ(*f->size(), 1u << 20);
  EXPECT_EQ(read(*f, 1000, 2), std::string(2, '\0'));
  ASSERT_TRUE(f->write(600'000, bytes("x")));
  auto data = f->next_data(600'000);
  ASSERT_TRUE(data && *data);
  EXPECT_LE(**data, 600'000u);
  ASSERT_TRUE(f->truncate(10));
  EXPECT_EQ(*f->size(), 10u);
}

TEST_F(PosixFile, ListsRenamesAndRemoves) {
  ASSERT_TRUE(where->create("a"));
  ASSERT_TRUE(where->create("b"));
  ASSERT_TRUE(where->rename("a", "c"));
  EXPECT_THAT(*where->list(), UnorderedElementsAre("b", "c"));
  ASSERT_TRUE(where->remove("b"));
  EXPECT_EQ(where->remove("b").error().code, errc::not_found);
  EXPECT_EQ(where->open("b").error().code, errc::not_found);
  EXPECT_TRUE(where->sync());
  EXPECT_GT(*where->free_bytes(), 0u);
}

TEST_F(PosixFile, ARemovedFileStaysReadableWhereItIsOpen) {
  auto f = *where->create("a");
  ASSERT_TRUE(f->write(0, bytes("hello")));
  ASSERT_TRUE(where->remove("a"));
  EXPECT_EQ(read(*f, 0, 5), "hello");
}

TEST(PosixFailure, TellsCauseAndRemedy) {
  const auto full = posix_failure("write to", "/data/log/x", ENOSPC);
  EXPECT_EQ(full.code, errc::disk_full);
  EXPECT_EQ(full.text, "cannot write to /data/log/x: No space left on device; "
                       "free some space there or lower "
                       "storage.retention-size");
  EXPECT_EQ(posix_failure("open", "x", EROFS).code, errc::read_only);
  EXPECT_EQ(posix_failure("open", "x", EACCES).code, errc::read_only);
  EXPECT_EQ(posix_failure("read", "x", EIO).code, errc::io_error);
  EXPECT_THAT(posix_failure("read", "x", EIO).text, HasSubstr("system log"));
}

} // namespace apogee::store
