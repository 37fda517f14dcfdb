#include "store/lmdb.hpp"
#include "tests/support/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>

namespace apogee::store::lmdb {

namespace {

using testing::HasSubstr;

bytes to_bytes(std::string_view text) {
  return std::as_bytes(std::span{text.data(), text.size()});
}

std::string to_text(bytes x) {
  return {reinterpret_cast<const char*>(x.data()), x.size()};
}

class Lmdb : public testing::Test {
protected:
  Lmdb() { open(); }

  void open() {
    env.reset();
    env = std::move(*environment::open(folder.path(), 1u << 16));
    ASSERT_TRUE(env->update([this](write_transaction& in) {
      main = *in.open_table("main");
      return result<void>{};
    }));
  }

  result<void> put(std::string_view key, std::string_view value) {
    return env->update([&](write_transaction& in) {
      return in.put(main, to_bytes(key), to_bytes(value));
    });
  }

  std::string get(std::string_view key) {
    auto in = env->read();
    auto value = in->get(main, to_bytes(key));
    return *value ? to_text(**value) : "(none)";
  }

  temporary_folder folder;
  std::unique_ptr<environment> env;
  table main;
};

} // namespace

TEST_F(Lmdb, KeepsWhatWasCommitted) {
  ASSERT_TRUE(put("a", "1"));
  open();
  EXPECT_EQ(get("a"), "1");
  EXPECT_EQ(get("b"), "(none)");
}

TEST_F(Lmdb, CommitsNothingOfAChangeThatFails) {
  auto done = env->update([&](write_transaction& in) -> result<void> {
    if (auto put = in.put(main, to_bytes("a"), to_bytes("1")); !put)
      return put;
    return {errc::malformed, "no"};
  });
  EXPECT_EQ(done.error().code, errc::malformed);
  EXPECT_EQ(get("a"), "(none)");
}

TEST_F(Lmdb, WalksKeysInOrderBothWays) {
  for (const auto* key : {"b", "d", "a"})
    ASSERT_TRUE(put(key, key));
  auto in = env->read();
  auto at = in->open_cursor(main);
  EXPECT_EQ(to_text((*at->seek(to_bytes("c")))->key), "d");
  EXPECT_EQ(to_text((*at->previous())->key), "b");
  EXPECT_EQ(to_text((*at->seek_before(to_bytes("z")))->key), "d");
  EXPECT_EQ(to_text((*at->seek_before(to_bytes("b")))->key), "a");
  EXPECT_FALSE(*at->seek_before(to_bytes("a")));
  EXPECT_EQ(to_text((*at->first())->key), "a");
  EXPECT_EQ(*in->count(main), 3u);
}

TEST_F(Lmdb, ErasesWhileWalking) {
  for (const auto* key : {"a", "b", "c"})
    ASSERT_TRUE(put(key, key));
  ASSERT_TRUE(env->update([&](write_transaction& in) -> result<void> {
    auto at = in.open_cursor(main);
    if (auto found = at->first(); !found)
      return found.error();
    if (auto done = at->erase(); !done)
      return done;
    EXPECT_EQ(to_text((*at->next())->key), "b");
    return in.erase(main, to_bytes("not there"));
  }));
  EXPECT_EQ(get("a"), "(none)");
}

TEST_F(Lmdb, GrowsAMapThatIsFull) {
  const std::string value(1000, 'x');
  ASSERT_TRUE(env->update([&](write_transaction& in) -> result<void> {
    for (int i = 0; i < 2000; ++i)
      if (auto done =
            in.put(main, to_bytes(std::to_string(i)), to_bytes(value));
          !done)
        return done;
    return {};
  }));
  EXPECT_GE(env->map_size_bytes(), 2'000'000u);
  EXPECT_EQ(get("1999"), value);
  open();
  EXPECT_EQ(get("0"), value);
}

TEST_F(Lmdb, GrowsUnderManyReaders) {
  ASSERT_TRUE(put("0", std::string(100, 'x')));
  std::atomic<bool> done{false};
  std::vector<std::thread> readers;
  for (int i = 0; i < 4; ++i)
    readers.emplace_back([&] {
      while (!done)
        EXPECT_EQ(get("0").size(), 100u);
    });
  for (int i = 1; i < 60; ++i)
    EXPECT_TRUE(put(std::to_string(i), std::string(20'000, 'x')));
  done = true;
  for (auto& x : readers)
    x.join();
  EXPECT_GE(env->map_size_bytes(), 1'200'000u);
}

TEST_F(Lmdb, AReadTransactionMayEndOnAnotherThread) {
  auto in = env->read();
  ASSERT_TRUE(in);
  std::thread{[moved = std::move(*in)]() mutable {}}.join();
  EXPECT_TRUE(put("a", "1"));
}

TEST_F(Lmdb, RefusesAFileThatIsNotItsOwn) {
  env.reset();
  std::ofstream{folder.path() + "/data.mdb"} << std::string(100'000, 'x');
  auto opened = environment::open(folder.path(), 1u << 20);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, errc::corrupt);
  EXPECT_THAT(opened.error().text, HasSubstr("delete that folder"));
  env = std::move(*environment::open(temporary_folder{}.path(), 1u << 20));
}

} // namespace apogee::store::lmdb
