#include "actors/client/listener_pool.hpp"

#include "actors/client/delivery_run.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace apogee::client {

namespace {

/// Of the pool whose thread this is.
thread_local const void* own_core = nullptr;
thread_local bool is_stopper = false;

} // namespace

struct listener_pool::core {
  listener user;
  bool is_ordered = false;
  std::size_t slice = 1;

  std::mutex mutex;
  std::condition_variable work_there;
  std::condition_variable quiet; // `running` or `stoppers` changed
  std::deque<delivery> queue;
  std::size_t running = 0;  // threads inside the listener
  std::size_t stoppers = 0; // of these, inside stop()
  std::atomic<unsigned> idle{0};
  std::atomic<bool> is_stopping{false};

  void run_thread();
  void handle(delivery&& work);
  void share(delivery_run& run);
};

listener_pool::listener_pool(listener user,
                             const push_consumer_settings& settings)
  : core_(std::make_shared<core>()) {
  core_->user = std::move(user);
  core_->is_ordered = settings.ordered;
  core_->slice = core_->user.single
                   ? single_listener_slice
                   : std::max<std::size_t>(settings.listener_batch_max, 1);
  for (unsigned i = 0; i < settings.listener_threads; ++i)
    threads_.emplace_back([kept = core_] { kept->run_thread(); });
}

listener_pool::~listener_pool() {
  // Only a listener that drops its own consumer leaves threads behind; they
  // keep what they need.
  for (auto& thread : threads_)
    if (thread.joinable())
      thread.detach();
}

void listener_pool::submit(delivery&& work) {
  const auto kept = core_; // the listener may drop its consumer
  work.lease->open_deliveries.fetch_add(1);
  if (threads_.empty())
    return kept->handle(std::move(work));
  {
    std::lock_guard guard{kept->mutex};
    kept->queue.push_back(std::move(work));
  }
  kept->work_there.notify_one();
}

void listener_pool::stop() {
  std::deque<delivery> dropped; // destroyed without the lock
  {
    std::lock_guard guard{core_->mutex};
    core_->is_stopping = true;
    dropped.swap(core_->queue);
  }
  core_->work_there.notify_all();
  const bool is_own = own_core == core_.get();
  {
    // Listeners that stop their consumer at the same time do not wait for each
    // other.
    std::unique_lock lock{core_->mutex};
    if (is_own && !std::exchange(is_stopper, true)) {
      ++core_->stoppers;
      core_->quiet.notify_all();
    }
    core_->quiet.wait(
      lock, [&] { return core_->running == (is_own ? core_->stoppers : 0); });
  }
  if (is_own)
    return;
  std::lock_guard guard{stop_mutex_};
  for (auto& thread : threads_)
    if (thread.joinable())
      thread.join();
}

void listener_pool::core::run_thread() {
  own_core = this;
  std::unique_lock lock{mutex};
  for (;;) {
    ++idle;
    work_there.wait(lock, [this] { return is_stopping || !queue.empty(); });
    --idle;
    if (is_stopping)
      return;
    auto work = std::move(queue.front());
    queue.pop_front();
    ++running;
    lock.unlock();
    handle(std::move(work));
    lock.lock();
    --running;
    if (std::exchange(is_stopper, false))
      --stoppers;
    quiet.notify_all();
  }
}

void listener_pool::core::handle(delivery&& work) {
  delivery_run run{user, is_ordered, slice, is_stopping, std::move(work)};
  while (run.has_more()) {
    share(run);
    run.next_slice();
  }
  run.finish();
}

/// Gives half of what is left to a thread that has nothing to do.
void listener_pool::core::share(delivery_run& run) {
  if (is_ordered || idle.load() == 0)
    return;
  auto half = run.split_off_half();
  if (!half)
    return;
  {
    std::lock_guard guard{mutex};
    queue.push_back(std::move(*half));
  }
  work_there.notify_one();
}

} // namespace apogee::client
