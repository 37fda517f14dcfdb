#include "messages/errors.hpp"

#include <cstdio>
#include <cstdlib>

namespace apogee {

std::string_view to_string(errc code) {
  switch (code) {
  case errc::none:
    return "none";
  case errc::unknown_topic:
    return "unknown-topic";
  case errc::illegal_name:
    return "illegal-name";
  case errc::message_too_large:
    return "message-too-large";
  case errc::malformed:
    return "malformed";
  case errc::offset_out_of_range:
    return "offset-out-of-range";
  case errc::invalid_argument:
    return "invalid-argument";
  case errc::topic_exists:
    return "topic-exists";
  case errc::unknown_group:
    return "unknown-group";
  case errc::unknown_queue:
    return "unknown-queue";
  case errc::permission_denied:
    return "permission-denied";
  case errc::not_supported:
    return "not-supported";
  case errc::version_mismatch:
    return "version-mismatch";
  case errc::no_replica_configured:
    return "no-replica-configured";
  case errc::unknown_service:
    return "unknown-service";
  case errc::unknown_actor:
    return "unknown-actor";
  case errc::no_route:
    return "no-route";
  case errc::stale_generation:
    return "stale-generation";
  case errc::unknown_member:
    return "unknown-member";
  case errc::busy:
    return "busy";
  case errc::timeout:
    return "timeout";
  case errc::shutting_down:
    return "shutting-down";
  case errc::unreachable:
    return "unreachable";
  case errc::restarting:
    return "restarting";
  case errc::disk_full:
    return "disk-full";
  case errc::read_only:
    return "read-only";
  case errc::storage_failed:
    return "storage-failed";
  case errc::corrupt:
    return "corrupt";
  case errc::in_use:
    return "in-use";
  case errc::not_found:
    return "not-found";
  case errc::io_error:
    return "io-error";
  case errc::invalid_config:
    return "invalid-config";
  case errc::closed:
    return "closed";
  case errc::crashed:
    return "crashed";
  case errc::gave_up:
    return "gave-up";
  }
  return "unknown-error";
}

bool is_transient(errc code) {
  return code >= errc::busy && code < errc::disk_full;
}

std::string to_string(const failure& f) {
  std::string text{to_string(f.code)};
  if (!f.text.empty())
    text.append(": ").append(f.text);
  return text;
}

void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "check failed: %s (%s:%d)\n", condition, file, line);
  std::abort();
}

} // namespace apogee
