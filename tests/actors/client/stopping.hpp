#pragma once

#include <atomic>
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
  while (!is_done)
    run_actors();
  caller.join();
}

} // namespace apogee::client
