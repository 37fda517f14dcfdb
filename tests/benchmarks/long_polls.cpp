#include "tests/benchmarks/long_polls.hpp"

#include "messages/remoting/frame_writer.hpp"
#include "tests/benchmarks/cluster.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace apogee::benchmarks {

namespace {

[[noreturn]] void fail(const char* what) {
  throw std::system_error{errno, std::generic_category(), what};
}

void allow_files(std::size_t count) {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  if (files.rlim_cur < count)
    throw std::runtime_error{"this process may not open so many files"};
}

int connect_to(std::uint16_t port) {
  const auto out = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (out < 0
      || ::connect(out, reinterpret_cast<const sockaddr*>(&to), sizeof(to))
           != 0)
    fail("connect");
  return out;
}

std::string pull_request(std::chrono::milliseconds wait) {
  std::vector<char> out;
  remoting::frame_writer writer{
    out, remoting::serialize_type::json,
    remoting::request_to_client(remoting::request_code::pull_message, 1,
                                false)};
  writer.field("consumerGroup", "waiting");
  writer.field("topic", load_topic);
  writer.field("queueId", 0);
  writer.field("queueOffset", 0);
  writer.field("maxMsgNums", 32);
  writer.field("sysFlag", 6); // suspend, with a subscription
  writer.field("commitOffset", 0);
  writer.field("suspendTimeoutMillis", wait.count());
  writer.field("subscription", "*");
  writer.field("subVersion", 0);
  writer.body();
  if (!writer.finish())
    throw std::logic_error{"a pull is too long"};
  return {out.begin(), out.end()};
}

} // namespace

long_polls::long_polls(std::uint16_t broker_port, std::size_t count,
                       std::chrono::milliseconds wait)
  : request_(pull_request(wait)), poll_(::epoll_create1(EPOLL_CLOEXEC)) {
  allow_files(count + 100);
  for (std::size_t i = 0; i < count; ++i) {
    sockets_.push_back(connect_to(broker_port));
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = i;
    if (::epoll_ctl(poll_, EPOLL_CTL_ADD, sockets_.back(), &event) != 0)
      fail("epoll_ctl");
    ask(i);
  }
}

long_polls::~long_polls() {
  for (const auto one : sockets_)
    ::close(one);
  ::close(poll_);
}

std::uint64_t long_polls::run(std::chrono::milliseconds time) {
  using clock = std::chrono::steady_clock;
  const auto end = clock::now() + time;
  std::uint64_t answers = 0;
  for (auto left = time; left.count() > 0;
       left = std::chrono::duration_cast<std::chrono::milliseconds>(
         end - clock::now())) {
    epoll_event events[256];
    const auto count =
      ::epoll_wait(poll_, events, 256, static_cast<int>(left.count()));
    for (int i = 0; i < count; ++i) {
      // An answer without messages is short and arrives whole.
      char answer[4096];
      const auto index = static_cast<std::size_t>(events[i].data.u64);
      if (::recv(sockets_[index], answer, sizeof(answer), 0) <= 0)
        throw std::runtime_error{"the broker has closed a connection"};
      ++answers;
      ask(index);
    }
  }
  return answers;
}

void long_polls::ask(std::size_t index) {
  if (::send(sockets_[index], request_.data(), request_.size(), MSG_NOSIGNAL)
      != static_cast<ssize_t>(request_.size()))
    fail("send");
}

} // namespace apogee::benchmarks
