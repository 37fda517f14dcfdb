#pragma once

#include <atomic>
#include <chrono>
#include <thread>

namespace apogee::client {

/// Runs a call that blocks, such as stop(), on a thread of its own while the
/// test's thread runs the actors it waits for.
template <class Call, class Run>
void run_while(Call call, Run run_actors) {
  std::atomic<bool> is_done{false};
  std::thread caller{[&] {
    call();
    is_done = true;
  }};
  while (!is_done) {
    run_actors();
    std::this_thread::sleep_for(std::chrono::microseconds{100});
  }
  caller.join();
}

} // namespace apogee::client
