#include "nodes/exit_guard.hpp"

#include <cstdio>
#include <unistd.h>

namespace apogee::nodes {

exit_guard::exit_guard(int exit_code, std::chrono::milliseconds patience)
  : watcher_([=, this] { watch(exit_code, patience); }) {}

exit_guard::~exit_guard() {
  {
    const std::lock_guard lock{mutex_};
    is_over_ = true;
  }
  changed_.notify_all();
  watcher_.join();
}

void exit_guard::watch(int exit_code, std::chrono::milliseconds patience) {
  std::unique_lock lock{mutex_};
  if (changed_.wait_for(lock, patience, [this] { return is_over_; }))
    return;
  std::fprintf(stderr, "apogee: an actor hangs; the process ends without it\n");
  _exit(exit_code);
}

} // namespace apogee::nodes
