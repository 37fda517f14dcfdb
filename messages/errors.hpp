#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

/// Expected failures: why an operation did not happen.
namespace apogee {

/// Reason of a failure. Travels between nodes as one byte: append only, never
/// renumber.
enum class errc : std::uint8_t {
  none = 0,
  // -- the request is wrong; sending it again does not help -------------------
  unknown_topic = 1,
  illegal_name = 2,
  message_too_large = 3,
  malformed = 4, ///< bytes that do not decode
  offset_out_of_range = 5,
  invalid_argument = 6,
  topic_exists = 7,
  unknown_group = 8,
  unknown_queue = 9,
  permission_denied = 10,
  not_supported = 11,
  version_mismatch = 12, ///< the peer speaks another protocol version
  no_replica_configured = 13,
  unknown_service = 14,
  unknown_actor = 15,
  no_route = 16,         ///< no broker serves the topic
  stale_generation = 17, ///< the group was rebalanced in between
  unknown_member = 18,
  // -- not now; sending it again may help -------------------------------------
  busy = 40, ///< a bound is reached: slow down
  timeout = 41,
  shutting_down = 42,
  unreachable = 43, ///< no connection to the peer
  restarting = 44,  ///< a part of the peer is being restarted
  // -- the store --------------------------------------------------------------
  disk_full = 60,
  read_only = 61,
  storage_failed = 62, ///< a write or a flush failed: durability is lost
  corrupt = 63,        ///< stored bytes are not what was written
  in_use = 64,         ///< another process holds it
  not_found = 65,
  io_error = 66,
  // -- this process -----------------------------------------------------------
  invalid_config = 80,
  closed = 81,  ///< the actor was stopped by its owner
  crashed = 82, ///< an actor failed unexpectedly
  gave_up = 83, ///< a supervisor's restarts are used up
};

/// Short stable name, as printed in logs: "unknown-topic".
std::string_view to_string(errc code);

/// True for failures that may pass when the operation is tried again, on the
/// same broker or another one.
bool is_transient(errc code);

/// What went wrong, for programs (code) and for people (text: cause and
/// remedy).
struct failure {
  errc code = errc::none;
  std::string text;
};

/// "unknown-topic: topic 'x' does not exist; create it with …".
std::string to_string(const failure& f);

/// Either a value or the failure that prevented it.
template <class T>
class [[nodiscard]] result {
public:
  result(T value) : content_(std::in_place_index<0>, std::move(value)) {}

  result(failure why) : content_(std::in_place_index<1>, std::move(why)) {}

  result(errc code, std::string text)
    : content_(std::in_place_index<1>, failure{code, std::move(text)}) {}

  bool has_value() const { return content_.index() == 0; }

  explicit operator bool() const { return has_value(); }

  /// REQUIRES: has_value().
  T& value() & { return *std::get_if<0>(&content_); }

  const T& value() const& { return *std::get_if<0>(&content_); }

  T&& value() && { return std::move(*std::get_if<0>(&content_)); }

  T& operator*() & { return value(); }

  const T& operator*() const& { return value(); }

  T&& operator*() && { return std::move(*this).value(); }

  T* operator->() { return &value(); }

  const T* operator->() const { return &value(); }

  /// REQUIRES: !has_value().
  const failure& error() const { return *std::get_if<1>(&content_); }

private:
  std::variant<T, failure> content_;
};

/// Success without a value, or a failure.
template <>
class [[nodiscard]] result<void> {
public:
  result() = default;

  result(failure why) : failure_(std::move(why)) {}

  result(errc code, std::string text) : failure_{code, std::move(text)} {}

  bool has_value() const { return failure_.code == errc::none; }

  explicit operator bool() const { return has_value(); }

  /// REQUIRES: !has_value().
  const failure& error() const { return failure_; }

private:
  failure failure_;
};

/// Ends the process with a message when `condition` is false: a programmer's
/// error, on in every build.
#define APOGEE_CHECK(condition)                                                \
  (static_cast<bool>(condition)                                                \
     ? static_cast<void>(0)                                                    \
     : ::apogee::check_failed(#condition, __FILE__, __LINE__))

[[noreturn]] void check_failed(const char* condition, const char* file,
                               int line);

} // namespace apogee
