#include "tests/nodes/standalone_test.hpp"

#include <algorithm>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

namespace apogee {

namespace {

using testing::HasSubstr;

/// A file system of its own, seen by this process and its children only, so
/// that nothing is left behind.
class small_file_system {
public:
  small_file_system(const std::string& folder, const std::string& options)
    : folder_(folder) {
    is_mounted_ =
      unshare(CLONE_NEWNS) == 0
      && mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0
      && mount("tmpfs", folder.c_str(), "tmpfs", 0, options.c_str()) == 0;
  }

  ~small_file_system() {
    if (is_mounted_)
      umount2(folder_.c_str(), MNT_DETACH);
  }

  small_file_system(const small_file_system&) = delete;
  small_file_system& operator=(const small_file_system&) = delete;

  bool is_mounted() const { return is_mounted_; }

  bool make_read_only() const {
    return mount(nullptr, folder_.c_str(), nullptr, MS_REMOUNT | MS_RDONLY,
                 nullptr)
           == 0;
  }

private:
  std::string folder_;
  bool is_mounted_ = false;
};

constexpr auto no_mount = "mounting a file system takes root's rights";

/// Newest file of the log.
std::string last_log_file(const std::string& data) {
  std::string out;
  for (const auto& entry : std::filesystem::directory_iterator(data + "/log"))
    out = std::max(out, entry.path().string());
  return out;
}

/// Where the text stands in a file; the test fails when it does not.
std::size_t find_in_file(const std::string& path, const std::string& text) {
  const auto at = read_text(path).find(text);
  EXPECT_NE(at, std::string::npos) << text << " is not in " << path;
  return at;
}

void flip_byte(const std::string& path, std::size_t at) {
  std::fstream file{path, std::ios::in | std::ios::out | std::ios::binary};
  file.seekg(static_cast<std::streamoff>(at));
  const auto byte = file.get();
  file.seekp(static_cast<std::streamoff>(at));
  file.put(static_cast<char>(byte ^ 0x10));
}

finished_process start_at(const std::string& data,
                          std::vector<std::string> more = {}) {
  more.insert(more.end(), {"--node.native-port=0", "--broker.port=0",
                           "--nameserver.port=0"});
  std::vector<std::string> command{program_path("apogee"), "standalone"};
  for (auto& each : test_settings(data, std::move(more)))
    command.push_back(std::move(each));
  return run_process(std::move(command), patience);
}

} // namespace

// -- folders that cannot be used --------------------------------------------

TEST(BadFolder, OneOfAReadOnlyFileSystemStopsTheStart) {
  const temporary_folder folder;
  const small_file_system disk{folder.path(), "size=16m"};
  if (!disk.is_mounted())
    GTEST_SKIP() << no_mount;
  ASSERT_TRUE(disk.make_read_only());
  const auto node = start_at(folder.path() + "/data");
  EXPECT_EQ(node.exit_code, 1);
  EXPECT_THAT(node.error_output, HasSubstr("cannot start: read-only"));
  EXPECT_THAT(node.error_output, HasSubstr(folder.path()));
}

TEST(BadFolder, AFileInItsPlaceStopsTheStart) {
  const temporary_folder folder;
  const auto path = folder.path() + "/file";
  std::ofstream{path} << "no folder";
  const auto node = start_at(path);
  EXPECT_EQ(node.exit_code, 1);
  EXPECT_THAT(node.error_output, HasSubstr("cannot start: "));
  EXPECT_THAT(node.error_output, HasSubstr(path));
}

class BadStorage : public standalone_test {};

TEST_F(BadStorage, AFolderInUseStopsTheSecondNodeAndNamesTheFirst) {
  const auto second = start_at(folder_.path());
  EXPECT_EQ(second.exit_code, 1);
  EXPECT_THAT(
    second.error_output,
    HasSubstr("in use by process " + std::to_string(node_.running().pid())));
  EXPECT_THAT(second.error_output, HasSubstr("storage.data"));
}

// -- a full disk ------------------------------------------------------------

class FullDisk : public testing::Test {
protected:
  result<client::receipt> send(client::producer& producer) const {
    client::message message;
    message.topic = "good";
    message.body = std::string(200'000, 'x');
    return producer.send(message);
  }
};

TEST_F(FullDisk, RefusesMessagesServesReadsAndRecoversWhenThereIsRoom) {
  const temporary_folder folder;
  const small_file_system disk{folder.path(), "size=64m"};
  if (!disk.is_mounted())
    GTEST_SKIP() << no_mount;
  const auto ballast = folder.path() + "/ballast";
  std::ofstream{ballast} << std::string(24u << 20, 'b');
  node_process node{
    "standalone",
    test_settings(folder.path() + "/data", {"--storage.segment-size=8MiB",
                                            "--storage.disk-free-min=8MiB",
                                            "--storage.flush-interval=50ms"})};
  ASSERT_TRUE(node.start()) << node.running().error_output();
  client_system clients;
  ASSERT_TRUE(
    node_admin(clients.system, node.address()).create_topic("good", 1));
  auto producer =
    client::spawn_producer(clients.system, {.nameservers = {node.address()},
                                            .send_timeout = patience});
  result<client::receipt> sent = send(producer);
  std::uint64_t stored = 0;
  for (; sent && stored < 1'000; ++stored)
    sent = send(producer);
  ASSERT_FALSE(sent) << "the disk never gets full";
  EXPECT_THAT(to_string(sent.error()), HasSubstr("disk-full"));
  auto consumer = client::spawn_pull_consumer(
    clients.system, {.nameservers = {node.address()}, .timeout = patience});
  const auto queues = consumer.queues("good");
  ASSERT_TRUE(queues) << to_string(queues.error());
  for (const std::uint64_t offset : {std::uint64_t{0}, stored - 1}) {
    const auto pulled = consumer.pull(queues->front(), {offset});
    ASSERT_TRUE(pulled) << to_string(pulled.error());
    ASSERT_FALSE(pulled->messages.empty());
    EXPECT_EQ(pulled->messages[0].body, std::string(200'000, 'x'));
  }
  std::filesystem::remove(ballast);
  EXPECT_TRUE(eventually([&] { return send(producer).has_value(); }, patience))
    << node.running().error_output();
  producer.stop();
  EXPECT_EQ(node.stop(), 0) << node.running().error_output();
}

// -- files that were changed by hand ----------------------------------------

class DamagedLog : public standalone_test {
protected:
  void SetUp() override {
    standalone_test::SetUp();
    for (int i = 0; i < 100; ++i)
      ASSERT_TRUE(send(bystander_, "message-" + std::to_string(i) + "-end"));
  }

  /// The node goes on before the damage, says where that is and where it put
  /// what stood behind it.
  void expect_cut_on_start() {
    ASSERT_TRUE(node_.start()) << node_.running().error_output();
    const auto log = node_.running().error_output();
    EXPECT_THAT(log, HasSubstr("apogee: the log ends before "));
    EXPECT_THAT(log, HasSubstr("no sound record (at position "));
    EXPECT_THAT(log, HasSubstr("they are kept in " + folder_.path()));
  }

  /// The views know all of the log.
  void wait_until_applied() {
    EXPECT_TRUE(eventually(
      [&] {
        auto node = admin().connect("admin");
        if (!node)
          return false;
        const auto reply =
          node->ask<schema::StatusReply>(envelope<schema::StatusRequest>{});
        const auto behind = reply ? reply->read([](auto status) {
          return status.getWritten() - status.getApplied();
        })
                                  : result<std::uint64_t>{reply.error()};
        return behind && *behind == 0;
      },
      patience));
  }
};

TEST_F(DamagedLog, CutBeforeWhatTheViewsKnowItStopsTheStart) {
  wait_until_applied();
  const auto file = last_log_file(folder_.path());
  ASSERT_EQ(node_.stop(), 0);
  std::filesystem::resize_file(file, find_in_file(file, "message-50-end"));
  EXPECT_FALSE(node_.start());
  const auto log = node_.running().error_output();
  EXPECT_EQ(node_.running().wait(patience).value_or(-1), 1) << log;
  EXPECT_THAT(log, HasSubstr("the views are ahead of the log"));
  EXPECT_THAT(log, HasSubstr(std::filesystem::path{file}.filename().string()));
  bystander_ = {};
}

TEST_F(DamagedLog, CutBehindWhatTheViewsKnowItGoesOnAndSaysSo) {
  wait_until_applied();
  for (int i = 0; i < 20; ++i)
    ASSERT_TRUE(send(bystander_, "late-" + std::to_string(i) + "-end"));
  node_.kill();
  const auto file = last_log_file(folder_.path());
  std::filesystem::resize_file(file, find_in_file(file, "late-19-end"));
  expect_cut_on_start();
}

TEST_F(DamagedLog, AFlippedBitOfAnOldMessageIsFoundByWhoReadsIt) {
  wait_until_applied();
  const auto file = last_log_file(folder_.path());
  ASSERT_EQ(node_.stop(), 0);
  flip_byte(file, find_in_file(file, "message-50-end"));
  ASSERT_TRUE(node_.start()) << node_.running().error_output();
  auto consumer = spawn_consumer();
  result<std::vector<client::topic_queue>> queues = consumer.queues(topic);
  ASSERT_TRUE(queues) << to_string(queues.error());
  std::string trouble;
  std::size_t read = 0;
  for (const auto& queue : *queues) {
    const auto ends = consumer.offsets(queue);
    ASSERT_TRUE(ends) << to_string(ends.error());
    for (auto at = ends->min_offset; at < ends->max_offset; ++at.value) {
      const auto pulled = consumer.pull(queue, at, {}, {.messages_max = 1});
      if (!pulled)
        trouble += to_string(pulled.error()) + "\n";
      else
        read += pulled->messages.size();
    }
  }
  EXPECT_THAT(trouble, HasSubstr("corrupt: the log is damaged at position "));
  EXPECT_THAT(trouble, HasSubstr("restore the file from a copy"));
  EXPECT_EQ(std::count(trouble.begin(), trouble.end(), '\n'), 1) << trouble;
  EXPECT_EQ(read, 100u); // with "before", without the damaged one
}

TEST_F(DamagedLog, AFlippedBitBehindTheViewsIsCutAndSaidSo) {
  wait_until_applied();
  for (int i = 0; i < 20; ++i)
    ASSERT_TRUE(send(bystander_, "late-" + std::to_string(i) + "-end"));
  node_.kill();
  const auto file = last_log_file(folder_.path());
  flip_byte(file, find_in_file(file, "late-19-end"));
  expect_cut_on_start();
}

// -- a small map ------------------------------------------------------------

class SmallViews : public standalone_test {
protected:
  SmallViews() : standalone_test({"--storage.views-map-size=1MiB"}) {}
};

TEST_F(SmallViews, GrowByThemselves) {
  constexpr int topics = 300;
  auto node = admin().connect("admin");
  ASSERT_TRUE(node) << to_string(node.error());
  for (int i = 0; i < topics; ++i) {
    const auto created = node->ask<schema::TopicList>(
      envelope<schema::TopicCreate>::build([&](auto builder) {
        builder.setName("topic-" + std::to_string(i));
        builder.setQueues(1);
      }));
    ASSERT_TRUE(created) << to_string(created.error());
  }
  auto producer = spawn_producer();
  std::mutex mutex;
  std::map<std::string, int> failures;
  for (int round = 0; round < 300; ++round)
    for (int i = 0; i < topics; ++i) {
      client::message message;
      message.topic = "topic-" + std::to_string(i);
      message.body = "b";
      producer.send_async(message, [&](const result<client::receipt>& sent) {
        std::lock_guard guard{mutex};
        if (!sent)
          ++failures[to_string(sent.error())];
      });
    }
  producer.flush();
  for (const auto& [text, count] : failures)
    ADD_FAILURE() << count << " sends failed: " << text;
  // The start takes everything into the views that they did not yet have.
  ASSERT_EQ(node_.stop(), 0) << node_.running().error_output();
  ASSERT_TRUE(node_.start()) << node_.running().error_output();
  EXPECT_GT(std::filesystem::file_size(folder_.path() + "/views/data.mdb"),
            1u << 20);
}

} // namespace apogee
