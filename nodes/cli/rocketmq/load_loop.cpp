#include "nodes/cli/rocketmq/load_loop.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <sys/epoll.h>
#include <sys/prctl.h>

namespace apogee::cli {

namespace {

using namespace std::chrono_literals;

constexpr auto turn_max = 50ms;
constexpr int events_max = 256;

} // namespace

load_loop::load_loop(const load_window& window,
                     std::chrono::milliseconds timeout)
  : window_(window), timeout_(timeout), epoll_(epoll_create1(EPOLL_CLOEXEC)) {}

result<void> load_loop::add(std::unique_ptr<load_peer> peer,
                            const std::string& address) {
  const auto parsed = parse_address(address);
  if (!parsed)
    return parsed.error();
  auto socket = connect_to(*parsed, timeout_);
  if (!socket)
    return {socket.error().code, "cannot reach the broker at " + address + ": "
                                   + socket.error().text};
  auto& one = *members_.emplace_back(std::make_unique<member>(
    member{std::move(peer), {std::move(*socket), address}, {}}));
  one.handle = [this, &to = *one.peer](const remoting::command& command) {
    if (command.is_response())
      to.on_answer(command, now_);
  };
  epoll_event event{EPOLLIN, {&one}};
  if (epoll_ctl(epoll_.descriptor(), EPOLL_CTL_ADD, one.connection.descriptor(),
                &event)
      != 0)
    return {errc::io_error, error_text(errno)};
  return {};
}

result<void> load_loop::run(const turn_handler& on_turn) {
  // Linux lets sleepers sleep 50 us longer unless told otherwise.
  prctl(PR_SET_TIMERSLACK, 1);
  now_ = last_progress_ = bench_clock::now();
  result<void> outcome;
  while (outcome && on_turn(now_)) {
    const auto is_over =
      now_ >= window_.end || window_.end == bench_clock::time_point::max();
    if (is_over && now_ - last_progress_ > timeout_)
      break;
    auto wake = now_ + turn_max;
    for (auto& one : members_) {
      if (outcome && one->wake <= now_)
        outcome = step(*one, bench_clock::now());
      wake = std::min(wake, one->wake);
    }
    remove_done(now_);
    if (members_.empty())
      break;
    if (outcome)
      outcome = wait(wake);
  }
  for (auto& one : members_)
    one->peer->finish();
  members_.clear();
  return outcome;
}

result<void> load_loop::step(member& one, bench_clock::time_point now) {
  one.wake = load_peer::never;
  if (one.connection.unsent_bytes() > 0)
    return {};
  const auto wake = one.peer->step(now, one.connection.out());
  if (one.connection.unsent_bytes() > 0)
    last_progress_ = now_;
  auto flushed = flush(one);
  if (!one.waits_for_room)
    one.wake = wake;
  return flushed;
}

result<void> load_loop::flush(member& one) {
  if (auto flushed = one.connection.flush(); !flushed)
    return flushed;
  const auto is_full = one.connection.unsent_bytes() > 0;
  if (is_full == one.waits_for_room)
    return {};
  one.waits_for_room = is_full;
  epoll_event event{is_full ? EPOLLIN | EPOLLOUT : EPOLLIN, {&one}};
  if (epoll_ctl(epoll_.descriptor(), EPOLL_CTL_MOD, one.connection.descriptor(),
                &event)
      != 0)
    return {errc::io_error, error_text(errno)};
  return {};
}

void load_loop::remove_done(bench_clock::time_point now) {
  std::erase_if(members_, [&](const auto& one) {
    if (one->connection.unsent_bytes() > 0 || !one->peer->is_done(now))
      return false;
    one->peer->finish();
    return true;
  });
}

result<void> load_loop::wait(bench_clock::time_point until) {
  const auto pause = std::max(until - bench_clock::now(), 0ns);
  const timespec timeout{0, pause.count()};
  std::array<epoll_event, events_max> events;
  const auto count = epoll_pwait2(epoll_.descriptor(), events.data(),
                                  events_max, &timeout, nullptr);
  now_ = bench_clock::now();
  if (count < 0 && errno != EINTR)
    return {errc::io_error, error_text(errno)};
  for (int i = 0; i < count; ++i) {
    auto& event = events[static_cast<std::size_t>(i)];
    if (auto served =
          serve(*static_cast<member*>(event.data.ptr), event.events);
        !served)
      return served;
  }
  return {};
}

result<void> load_loop::serve(member& one, std::uint32_t events) {
  one.wake = now_ = last_progress_ = bench_clock::now();
  if ((events & EPOLLOUT) != 0)
    if (auto flushed = flush(one); !flushed)
      return flushed;
  if ((events & ~EPOLLOUT) != 0)
    return one.connection.receive(one.handle);
  return {};
}

} // namespace apogee::cli
