#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace apogee::client {

/// What a handle and its actor have to know of each other to end safely: the
/// handle waits until the actor has ended, except inside a callback, which runs
/// on the actor's thread and where the actor is closed at once instead. All
/// clients of a system share the I/O thread, so in a callback of another one
/// the handle does not wait either.
class actor_lifetime {
public:
  /// Set by the actor: answers everything, after which no callback runs.
  std::function<void()> close_within_callback;

  bool is_callback_thread() const {
    return callback_thread_.load(std::memory_order_relaxed)
           == std::this_thread::get_id();
  }

  /// True inside a callback of any client: waiting for one would never end.
  static bool must_not_wait() { return callback_depth_ > 0; }

  /// The actor has ended.
  void terminate() {
    // Notifies under the lock: whoever waits may destroy this right after.
    std::lock_guard guard{mutex_};
    is_terminated_ = true;
    signal_.notify_all();
  }

  void wait_until_terminated() {
    std::unique_lock lock{mutex_};
    signal_.wait(lock, [this] { return is_terminated_; });
  }

  /// Marks the scope in which callbacks run on this thread; may be nested.
  class callback_scope {
  public:
    explicit callback_scope(actor_lifetime& owner)
      : owner_(owner),
        outer_(owner.callback_thread_.exchange(std::this_thread::get_id())) {
      ++callback_depth_;
    }

    ~callback_scope() {
      --callback_depth_;
      owner_.callback_thread_.store(outer_);
    }

    callback_scope(const callback_scope&) = delete;
    callback_scope& operator=(const callback_scope&) = delete;

  private:
    actor_lifetime& owner_;
    std::thread::id outer_;
  };

private:
  static inline thread_local unsigned callback_depth_ = 0;

  std::atomic<std::thread::id> callback_thread_{};
  std::mutex mutex_;
  std::condition_variable signal_;
  bool is_terminated_ = false;
};

} // namespace apogee::client
